"""The made-up province: facilities with the names of real communes, and people, visits and results that never were."""
