import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ended } from "../preload/preloaded.ts";

/** The folder that stands first on the PYTHONPATH of a Python bot. */
const insideFolder = fileURLToPath(new URL("../../../python", import.meta.url));

/** Debian's own, whose packages the clients come from. */
const python = "/usr/bin/python3";

/** Every Python of this machine, with its version. */
export function pythonsHere(): readonly { readonly name: string; readonly file: string }[] {
  const versions = join(homedir(), ".pyenv", "versions");
  const others = existsSync(versions) ? readdirSync(versions) : [];
  const files = others.map((name) => ({ name, file: join(versions, name, "bin", "python") }));
  return [{ name: "Debian's", file: python }, ...files.filter(({ file }) => existsSync(file))];
}

export interface PythonBot {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface PythonOptions {
  readonly file?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Flags of Python before `-c`. */
  readonly flags?: readonly string[];
}

/** Starts a Python program the way the launcher does. */
export function startPython(
  code: string,
  { file = python, env, path, flags = [] }: PythonOptions,
): PythonBot {
  const child = spawn(file, [...flags, "-c", code], {
    env: {
      PATH: "/usr/bin:/bin",
      PYTHONDONTWRITEBYTECODE: "1",
      ...env,
      PYTHONPATH: path === undefined ? insideFolder : `${insideFolder}:${path}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, ended: collect(child) };
}

async function collect(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}
