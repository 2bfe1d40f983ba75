import { execFile, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Podman with images and containers of its own, below a folder. */
export interface Podman {
  /** Runs a command of podman and gives back what it printed. */
  call(words: readonly string[]): Promise<string>;
  /** What a container has written, on both its outputs. */
  logs(name: string): Promise<string>;
  /** Makes a base image by debootstrap, with the Node that runs this: there is no registry to take one from. */
  makeBase(name: string): Promise<void>;
}

const programs = ["podman", "runc", "debootstrap"];

/** Why nothing can be run in containers here; undefined where it can. */
export function whyNoPodman(): string | undefined {
  if (process.getuid?.() !== 0) return "it needs root";
  const missing = programs.find(
    (name) => !["/usr/bin", "/usr/sbin"].some((folder) => existsSync(join(folder, name))),
  );
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** What podman asks runc for here and cannot have: limits of its own, on a machine whose root may not raise them. */
const runtime = `#!/usr/bin/python3
import json, os, sys
words = sys.argv[1:]
def drop(path, process):
    config = json.load(open(path))
    process(config).pop("rlimits", None)
    json.dump(config, open(path, "w"))
if "create" in words and "--bundle" in words:
    drop(os.path.join(words[words.index("--bundle") + 1], "config.json"), lambda config: config["process"])
if "exec" in words and "--process" in words:
    drop(words[words.index("--process") + 1], lambda config: config)
os.execvp("runc", ["runc", *words])
`;

/** Opens it in an empty folder. */
export function openPodman(folder: string): Podman {
  const own = join(folder, "runtime");
  writeFileSync(own, runtime);
  chmodSync(own, 0o755);
  const same = [
    "--storage-driver=vfs",
    `--root=${join(folder, "images")}`,
    `--runroot=${join(folder, "run")}`,
    `--runtime=${own}`,
    "--cgroup-manager=cgroupfs",
  ];
  const call = async (words: readonly string[]) =>
    (await run("podman", [...same, ...words], { maxBuffer: 2 ** 26 })).stdout;
  return {
    call,
    async logs(name) {
      const { stdout, stderr } = await run("podman", [...same, "logs", name], { maxBuffer: 2 ** 26 });
      return stdout + stderr;
    },
    async makeBase(name) {
      const root = join(folder, "base");
      await run("debootstrap", ["--variant=minbase", "bookworm", root], { maxBuffer: 2 ** 26 });
      mkdirSync(join(root, "usr/local/bin"), { recursive: true });
      copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
      const packed = spawn("tar", ["-C", root, "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
      const imported = spawn("podman", [...same, "import", "-", name], {
        stdio: [packed.stdout, "ignore", "inherit"],
      });
      const status = await new Promise((resolve) => imported.once("exit", resolve));
      if (status !== 0) throw new Error(`podman import ended with ${String(status)}.`);
    },
  };
}
