import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../../config/package-root.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import { ProcessError } from "../../errors.ts";
import type { BenchEnd, BenchProgram, LeakBench, LeakBenchFactory, LeakBenchOptions } from "./leak-bench.ts";

/** A launcher that has not answered this long after its program's time is over is given up. */
const longestMs = 20_000;
const closeMs = 10_000;

/** Benches whose launcher is a process of its own on the bots' side: relay and tiers are the ones of every bot. */
export function leakBenches(): LeakBenchFactory {
  return { open: openBench };
}

async function openBench({ botSide, ...spec }: LeakBenchOptions): Promise<LeakBench> {
  const launcher = join(packageRoot(), "dist/lib/leak-check/bench/leak-launcher.js");
  const [file, ...args] = [...botSide, process.execPath, launcher];
  const { PATH = "", HOME = "/", TMPDIR } = operatorEnvironment();
  const env = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  // Of its own session: Ctrl-C on the terminal is for whoever opened the bench, who then closes it in order.
  const stdio = ["pipe", "pipe", "inherit"] as const;
  const child = spawn(file, args, { stdio: [...stdio], env, detached: true });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const ask = async (message: unknown, timeoutMs: number): Promise<unknown> => {
    const over = new AbortController();
    const signal = over.signal;
    const answer = Promise.race([once(lines, "line", { signal }), ended.then((): string[] => [])]);
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    const [line] = await answer.finally(() => {
      over.abort();
      clearTimeout(late);
    });
    if (line === undefined) throw launcherEnded();
    return JSON.parse(line);
  };
  await ask(spec, longestMs);
  return {
    run: async (program: BenchProgram) => (await ask(program, program.timeoutMs + longestMs)) as BenchEnd,
    async close() {
      child.stdin.end();
      // Whatever still keeps the launcher alive must not keep its caller.
      const late = setTimeout(() => child.kill("SIGKILL"), closeMs);
      await ended;
      clearTimeout(late);
    },
  };
}

function launcherEnded(): ProcessError {
  const message = "The launcher of the leak check ended too early, or did not answer in time.";
  return new ProcessError("LAUNCH_SPAWN_FAILED", message, {
    hint: "Run `launch doctor --leaks` again when the machine is less busy; its output is above.",
  });
}
