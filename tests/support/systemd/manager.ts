import type { ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import type { Finished } from "../operator/launch-program.ts";
import { signal } from "../processes/signal.ts";

/** Whom the units run as: nobody, who is on every host. */
export const managed = { uid: 65_534, gid: 65_534 };

/** A real systemd. */
export interface Manager {
  /** Runs a program as the user of the units, where the manager can be reached. */
  run(file: string, words: readonly string[], input?: string): Promise<Finished>;
  systemctl(...words: readonly string[]): Promise<Finished>;
  /** A property of a unit. */
  show(unit: string, property: string): Promise<string>;
  /** What its units have written. */
  log(): string;
  close(): Promise<void>;
}

/** Why no manager can be had here; undefined where one can. */
export function whyNoManager(): string | undefined {
  if (process.getuid?.() !== 0) return "NOT TESTED: only root can give a manager a /run and control groups.";
  const missing = ["/usr/bin/systemd", "/usr/bin/dbus-daemon", "/usr/bin/systemd-notify"].find(
    (file) => !existsSync(file),
  );
  return missing === undefined ? undefined : `NOT TESTED: ${missing} is missing.`;
}

/** Makes control groups, of whatever kind this host's are: a manager needs one that belongs to its user. */
export function ownGroups(): readonly string[] {
  const name = `launch-test-${process.pid}`;
  const places = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"].filter((place) =>
    existsSync(join(place, "cgroup.procs")),
  );
  return places.map((place) => {
    const group = join(place, name);
    mkdirSync(group);
    for (const file of ["", ...readdirSync(group)]) chownSync(join(group, file), managed.uid, managed.gid);
    return group;
  });
}

/** Removes one with all below it; what is left in it ends. */
export async function removeGroup(group: string): Promise<void> {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  const pids = () => readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
  for (const pid of pids()) signal(Number(pid), "SIGKILL");
  await eventually(pids, ({ length }) => length === 0);
  rmdirSync(group);
}

/** Collects what the process says on both streams. */
export function collectFrom(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  return () => text;
}

/** Settles when it is gone. */
export function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
}
