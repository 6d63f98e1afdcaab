"""Claims about Python on WebAssembly, as in a browser, where nothing can be started."""
