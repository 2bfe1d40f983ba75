import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type EngineHost, openEngineHost } from "../operator/engine-host.ts";
import { type Manager, managed } from "./manager.ts";

/** A stranger's machine whose user has a systemd and the bot alice with the collector funding. */
export interface ManagedHost extends EngineHost {
  readonly home: string;
  readonly manager: Manager;
  /** Runs `launch` as the user of the units; it must end with the status. */
  launch(words: readonly string[], input?: string, status?: number): Promise<string>;
  /** What the manager and the units have said. */
  said(): string;
  running(): Promise<readonly object[]>;
  /** Changes units as an operator would: it does not count as edited. */
  dropIn(name: string, text: string): void;
}

/** Opens it; `units` is the folder of its units, in which all of them write to one log. */
export async function openManagedHost(
  program: (home: string) => string,
  units: (home: string) => string,
  start: (home: string, path: string) => Promise<Manager>,
): Promise<ManagedHost> {
  const host = await openEngineHost({ program, isolation: "kernel", collectors: ["funding"] });
  const { home, env } = host.stranger;
  execFileSync("chown", ["-R", `${managed.uid}:${managed.gid}`, home]);
  const manager = await start(home, env["PATH"] ?? "");
  const log = join(home, "units.log");
  const launch: ManagedHost["launch"] = async (words, input = "", status = 0) => {
    const done = await manager.run("launch", words, input);
    expect(`${done.status} ${done.stderr}`).toMatch(new RegExp(`^${status} `));
    return done.stdout;
  };
  const dropIn = (name: string, text: string): void => {
    const folder = join(units(home), name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "test.conf"), text);
  };
  return {
    ...host,
    home,
    manager,
    launch,
    dropIn,
    said: () => manager.log() + readFileSync(log, "utf8"),
    async running() {
      const all = JSON.parse(await launch(["ps", "--running", "--json"])) as { runs: { state: string }[] };
      return all.runs.filter(({ state }) => state === "running");
    },
    async close() {
      await manager.close();
      await host.close();
    },
  };
}

/** The drop-in with which all units write to that log. */
export function logTo(home: string): string {
  return `[Service]\nStandardOutput=append:${join(home, "units.log")}\nStandardError=inherit\n`;
}
