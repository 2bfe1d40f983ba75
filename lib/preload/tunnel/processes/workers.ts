import workerThreads, { type WorkerOptions } from "node:worker_threads";
import { type Inheritance, inheritedBy } from "./inheritance.ts";

/** Loads this preload into every worker, also into one that is given an environment or options of its own. */
export function guardWorkers(inheritance: Inheritance): void {
  const Direct = workerThreads.Worker;
  const construct = Reflect.construct;
  const Worker = new Proxy(Direct, {
    construct(target, [file, options, ...rest]: unknown[], newTarget) {
      const given = guarded((options ?? {}) as WorkerOptions, inheritance);
      return construct(target, [file, given, ...rest], newTarget) as object;
    },
  });
  // Otherwise the prototype would hand out the class that was replaced.
  Object.defineProperty(Direct.prototype, "constructor", { value: Worker });
  Object.assign(workerThreads, { Worker });
}

// What is not given is inherited from this thread, flags and all; to repeat flags of the whole process is an error.
function guarded(options: WorkerOptions, inheritance: Inheritance): WorkerOptions {
  const { env, execArgv } = options;
  const flags = Array.isArray(execArgv)
    ? { execArgv: ["--require", inheritance.preload, ...(execArgv as string[])] }
    : {};
  if (env === workerThreads.SHARE_ENV) return { ...options, ...flags };
  const isComplete =
    env == null && Object.entries(inheritance.kept).every(([name, value]) => process.env[name] === value);
  if (isComplete) return { ...options, ...flags };
  return { ...options, ...flags, env: inheritedBy((env ?? process.env) as NodeJS.ProcessEnv, inheritance) };
}
