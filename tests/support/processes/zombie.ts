import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { eventually } from "../eventually.ts";

/** A process that has ended and that its parent never asks about. */
export interface Zombie {
  readonly pid: number;
  /** Ending it ends the zombie too. */
  readonly parent: ChildProcess;
}

/** Makes a zombie, as another user when one is given. */
export async function makeZombie(
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<Zombie> {
  // The shell becomes a program that never waits for its child; a child that ended before would be the shell's to reap.
  const child = 'until read -r name </proc/$$/comm && [ "$name" = cat ]; do :; done';
  const parent = spawn("sh", ["-c", `${child} & echo $!; exec cat`], {
    ...user,
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  await eventually(
    () => readFileSync(`/proc/${pid}/stat`, "utf8"),
    (stat) => stat.includes(") Z "),
  );
  return { pid, parent };
}
