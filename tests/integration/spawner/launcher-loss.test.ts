import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { bot } from "./rig.ts";

const table = createLinuxProcessTable();
const launcherFile = new URL("../../fixtures/launchers/spawns-one.mjs", import.meta.url).pathname;
const launchers: ChildProcess[] = [];
const childPids: number[] = [];

afterEach(async () => {
  for (const launcher of launchers.splice(0)) {
    const ended = launcher.exitCode === null && launcher.signalCode === null;
    launcher.kill("SIGKILL");
    if (ended) await once(launcher, "exit");
  }
  for (const pid of childPids.splice(0)) {
    if (table.startTicks(pid) !== undefined) signal(pid, "SIGKILL");
  }
});

test("a launcher killed by SIGKILL leaves no child behind, even one whose event loop is blocked", async () => {
  const launcher = launch("pipes", [process.execPath, "-e", "for (;;);"]);
  const pid = await childPid(launcher);
  // The death signal is set by the word in front of the command: before that word is done there is no command yet.
  const words = () => readFileSync(`/proc/${pid}/cmdline`, "utf8");
  await eventually(words, (text) => text.startsWith(process.execPath));
  launcher.kill("SIGKILL");
  await eventually(
    () => table.startTicks(pid),
    (ticks) => ticks === undefined,
  );
});

test("with tty a child stays in the launcher's group and session and has its terminal", async () => {
  const command = `${process.execPath} ${launcherFile} ${randomUUID()} tty ${process.execPath} ${bot("tells-its-streams.mjs")}`;
  const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["ignore", "pipe", "ignore"] });
  launchers.push(terminal);
  let printed = "";
  terminal.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(terminal, "close");
  const told = JSON.parse(/\{.*\}/.exec(printed)?.[0] ?? "{}") as Record<string, unknown>;
  expect(told).toMatchObject({ isTty: true });
  expect(told["stdin"]).toMatch(/^\/dev\/pts\//);
  expect(told["group"]).not.toBe(told["pid"]);
});

function launch(mode: string, command: readonly string[]): ChildProcess {
  const launcher = spawn(process.execPath, [launcherFile, randomUUID(), mode, ...command], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  launchers.push(launcher);
  return launcher;
}

async function childPid(launcher: ChildProcess): Promise<number> {
  const [line] = (await once(launcher.stderr as NodeJS.ReadableStream, "data")) as [Buffer];
  const pid = Number(/^pid (\d+)/.exec(line.toString())?.[1]);
  childPids.push(pid);
  return pid;
}
