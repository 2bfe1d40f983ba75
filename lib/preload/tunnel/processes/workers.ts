import workerThreads, { type WorkerOptions } from "node:worker_threads";
import { keptVariables } from "./children.ts";

/** Loads this preload into every worker, also into one that is given an environment or options of its own. */
export function guardWorkers(env: NodeJS.ProcessEnv, preload: string): void {
  const kept = keptVariables(env);
  const Direct = workerThreads.Worker;
  class Worker extends Direct {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      super(file, guarded(options, kept, preload));
    }
  }
  Object.assign(workerThreads, { Worker });
}

function guarded(
  options: WorkerOptions,
  kept: Readonly<Record<string, string>>,
  preload: string,
): WorkerOptions {
  const execArgv = ["--require", preload, ...(options.execArgv ?? process.execArgv)];
  if (options.env === workerThreads.SHARE_ENV) return { ...options, execArgv };
  const given = (options.env ?? process.env) as NodeJS.ProcessEnv;
  return { ...options, execArgv, env: { ...given, ...kept } };
}
