// The launcher of a leak bench, a process of its own on the bots' side of the lab. The first line of stdin is a LauncherSpec,
// each further one a program to run as a bot; every line is answered by one. Gone with its stdin, and its bots with it.
import { createInterface } from "node:readline";
import type { BenchEnd, BenchProgram } from "./leak-bench.ts";
import { type LauncherSpec, runAsBot } from "./run-as-bot.ts";

let spec: LauncherSpec | undefined;
const gone = new AbortController();
const lines = createInterface({ input: process.stdin });
// The loop below hears of the end only after the program that runs.
lines.once("close", () => gone.abort());

for await (const line of lines) {
  if (spec === undefined) {
    spec = JSON.parse(line) as LauncherSpec;
    say({});
  } else say(await runAsBot(spec, JSON.parse(line) as BenchProgram, gone.signal));
}
// By itself Node 20 now and then spins for good in its own clean-up (Environment::CleanupHandles) after sockets came out of another network.
process.exit();

function say(answer: BenchEnd | Record<string, never>): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
