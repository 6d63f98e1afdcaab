// node pyodide.mjs HOME PACKAGES ROOT ARGUMENTS...: pytest in Pyodide, with these arguments.
// HOME has Pyodide, PACKAGES pytest, ROOT the checkout; the last two are seen where they are.
import { pathToFileURL } from "node:url";

const [home, packages, root, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${home}/node_modules/pyodide/pyodide.mjs`));
const { COLUMNS = "100", COUNTERFEIT = "", PYTHONPATH = "", SPEC_PATIENCE = "" } = process.env;
const env = { COLUMNS, COUNTERFEIT, PYTHONPATH, SPEC_PATIENCE, HOME: "/home/pyodide" };
const python = await loadPyodide({ env });
for (const folder of [root, packages]) {
  if (python.FS.analyzePath(folder).exists) continue; // tox has its environments in the checkout
  python.FS.mkdirTree(folder);
  python.mountNodeFS(folder, folder);
}
python.globals.set("given", python.toPy({ packages, root, args }));
// Asynchronously, so that asyncio.run() works where the runtime can switch stacks (JSPI).
process.exit(
  await python.runPythonAsync(`
import os, site, sys
os.chdir(given["root"])
sys.path[:0] = [given["root"], given["packages"]]
sys.path_importer_cache.clear()  # nothing was mounted at the start
site.execsitecustomize()  # which PYTHONPATH may have
import pytest
int(pytest.main(given["args"]))
`),
);
