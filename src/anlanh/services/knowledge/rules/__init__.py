"""Reading articles, checking how they read, searching them, and finding those that explain a code. No I/O."""
