import childProcess from "node:child_process";
import type { Internals, NativeMethod, NativeMethods } from "../node/internals.ts";
import { type Inheritance, inheritedBy } from "./inheritance.ts";

const { apply } = Reflect;
const eperm = -1;

/** Gives every child process the relay and our preloads again, whatever environment the bot's code made for it; a program that is no Node gets the variables only. */
export function guardChildren({ spawn, spawnSync }: Internals, inheritance: Inheritance): void {
  const children = childProcess.ChildProcess.prototype as unknown as NativeMethods;
  let isPrepared = false;
  wrap(children, (direct, self, args) => {
    isPrepared = complete(args[0], inheritance);
    try {
      return apply(direct, self, args);
    } finally {
      isPrepared = false;
    }
  });
  // The native call takes other arguments from one Node to the next: it is open only to the method above.
  wrap(spawn, (native, self, args) => (isPrepared ? apply(native, self, args) : eperm));
  wrap(spawnSync, (native, self, args) =>
    complete(args[0], inheritance) ? apply(native, self, args) : { error: eperm, output: null, pid: 0 },
  );
  guardExecve(inheritance);
}

function wrap(
  methods: NativeMethods,
  guarded: (direct: NativeMethod, self: unknown, args: unknown[]) => unknown,
): void {
  const direct = methods["spawn"];
  if (direct === undefined) throw new Error("this Node has no spawn");
  methods["spawn"] = function (this: unknown, ...args: unknown[]) {
    return guarded(direct, this, args);
  } satisfies NativeMethod;
}

function complete(options: unknown, inheritance: Inheritance): boolean {
  if (typeof options !== "object" || options === null) return false;
  const given = options as { args?: unknown; envPairs?: unknown };
  if (buildsSnapshot(given.args)) return false;
  given.envPairs = pairsOf(inheritedBy(environmentOf(given.envPairs), inheritance));
  return true;
}

// A Node that builds a start-up snapshot runs the program's code and loads no preload before it.
function buildsSnapshot(args: unknown): boolean {
  return Array.isArray(args) && args.some((word) => /^--build[-_]snapshot/.test(String(word)));
}

function pairsOf(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

// Without pairs the child would get the environment of this process as it is now.
function environmentOf(pairs: unknown): Record<string, string | undefined> {
  if (!Array.isArray(pairs)) return { ...process.env };
  return Object.fromEntries(
    pairs.map(String).map((pair) => {
      const at = pair.indexOf("=", 1);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

// From Node 22.15 and 23.11 on a process can become another program without a child.
function guardExecve(inheritance: Inheritance): void {
  const target = process as unknown as NativeMethods;
  const direct = target["execve"];
  if (direct === undefined) return;
  target["execve"] = (file, args, env = process.env) => {
    if (buildsSnapshot(args))
      throw Object.assign(new Error("execve EPERM"), { code: "EPERM", syscall: "execve" });
    return apply(direct, process, [file, args, inheritedBy(env as Record<string, string>, inheritance)]);
  };
}
