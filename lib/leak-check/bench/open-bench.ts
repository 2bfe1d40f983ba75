import { join } from "node:path";
import { packageRoot } from "../../config/package-root.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import { ProcessError } from "../../errors.ts";
import { startAnswering } from "../lab/answering-process.ts";
import type { LeakBench, LeakBenchOptions } from "./leak-bench.ts";

/** A launcher that has not answered this long after its program's time is over is given up. */
const longestMs = 20_000;

/** Opens a bench whose launcher is a process of its own on the bots' side: relay and tiers are the ones of every bot. */
export async function openBench({ botSide, ...spec }: LeakBenchOptions): Promise<LeakBench> {
  const launcher = join(packageRoot(), "dist/lib/leak-check/bench/leak-launcher.js");
  const { PATH = "", HOME = "/", TMPDIR } = operatorEnvironment();
  const env = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  const bench = startAnswering([...botSide, process.execPath, launcher], env, launcherEnded);
  await bench.ask(spec, longestMs);
  return {
    run: (program) => bench.ask(program, program.timeoutMs + longestMs),
    close: () => bench.close(),
  };
}

function launcherEnded(): ProcessError {
  const message = "The launcher of the leak check ended too early, or did not answer in time.";
  return new ProcessError("LAUNCH_SPAWN_FAILED", message, {
    hint: "Run `launch doctor --leaks` again when the machine is less busy; its output is above.",
  });
}
