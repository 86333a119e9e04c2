"""An Lành: the digital health platform of a province."""
