import { join } from "node:path";
import { foldersOn, isExecutable } from "../../adapters/host-files/executable.ts";
import { pythonLibraries } from "./leak-battery.ts";
import type { LeakPrograms, PythonProgram } from "./leak-client.ts";

/** The programs of the battery that this machine has: this Node, and every python3 on the search path with the system's own. */
export async function findPrograms(operator: Readonly<Record<string, string>>): Promise<LeakPrograms> {
  const searchPath = operator["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const places = [...foldersOn(searchPath).map((folder) => join(folder, "python3")), "/usr/bin/python3"];
  const found = await Promise.all(
    [...new Set(places)].filter(isExecutable).map((file) => ask(file, operator)),
  );
  const pythons = new Map<string, PythonProgram>();
  for (const python of found) {
    if (python !== undefined && !pythons.has(python.file)) pythons.set(python.file, python);
  }
  return { node: process.execPath, pythons: [...pythons.values()], searchPath };
}

// A shim of pyenv or the like says which program it stands for; found is what could be imported, without importing it.
const question = `import json, os, sys
from importlib.util import find_spec
print(json.dumps([os.path.realpath(sys.executable) if sys.prefix == sys.base_prefix else sys.executable, [name for name in sys.argv[1:] if find_spec(name)]]))`;

async function ask(
  file: string,
  operator: Readonly<Record<string, string>>,
): Promise<PythonProgram | undefined> {
  const { PATH = "", HOME = "/" } = operator;
  const { execa } = await import("execa");
  try {
    const { stdout } = await execa(file, ["-c", question, ...pythonLibraries], {
      env: { PATH, HOME },
      extendEnv: false,
      cwd: "/",
      timeout: 10_000,
      killSignal: "SIGKILL",
    });
    const [program, libraries] = JSON.parse(stdout) as [string, string[]];
    return { file: program, libraries };
  } catch {
    return undefined;
  }
}
