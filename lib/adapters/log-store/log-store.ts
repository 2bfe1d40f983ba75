import type { LogLimits } from "../../domain/logs/log-limits.ts";
import { type LogStream, logNews, streamMarks } from "../../domain/logs/log-line.ts";
import type { LogPlan, LogStore, ProcessLog, StreamLog } from "../../ports/logs/log-store.ts";
import type { ProcessEnd } from "../../ports/spawner.ts";
import { createLineStamper } from "./line-stamper.ts";
import { openLogFile } from "./log-file.ts";
import { codeOf } from "./log-files.ts";

/** Keeps the output of processes in files: each line with its time and its stream, one file for a unit with the runs named in it. */
export function createLogStore(limits: LogLimits): LogStore {
  // One at a time, however many units a launcher has: nobody waits for it.
  let tidying: Promise<void> = Promise.resolve();
  const tidy = (plan: LogPlan): void => {
    tidying = tidying
      .then(async () => (await import("./tidy-log.ts")).tidyLog(plan.path, limits, Date.now()))
      .catch((error: unknown) =>
        plan.onTrouble(
          `Older files of the log ${plan.path} could not be put in order (${codeOf(error) ?? "unknown"}).`,
        ),
      );
  };
  return { open: (plan) => openProcessLog(plan, limits, () => tidy(plan)) };
}

function openProcessLog(plan: LogPlan, limits: LogLimits, onOpened: () => void): ProcessLog {
  const { maxBytes, maxAgeMs } = limits;
  const { path, isShared, onTrouble } = plan;
  const continues = logNews("continues", plan);
  const file = openLogFile({ path, maxBytes, maxAgeMs, isShared, onTrouble, continues, onOpened });
  const tell = (text: string): void => {
    file.write(Buffer.from(`${stamp("launcher")}${text}\n`));
  };
  const stream = (name: LogStream): StreamLog => {
    const stamper = createLineStamper();
    return {
      write: (chunk) => file.write(stamper.push(chunk, stamp(name))),
      end: () => void file.write(stamper.end(stamp(name))),
    };
  };
  tell(logNews("started", plan));
  return {
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    drained: () => file.drained(),
    async close(end, isCrash) {
      tell(logNews("ended", plan, describeEnd(end)));
      await file.close();
      return isCrash ? keepCrash(plan) : undefined;
    },
  };
}

// Reading the end of the file again costs a crash a millisecond, and nothing what does not crash.
async function keepCrash(plan: LogPlan): Promise<string | undefined> {
  try {
    return await (await import("./keep-crash.ts")).keepCrash(plan);
  } catch {
    // A disk that is full was told of already.
    return undefined;
  }
}

function stamp(stream: LogStream): string {
  return `${new Date().toISOString()}${streamMarks[stream]}`;
}

function describeEnd({ code, signal }: ProcessEnd): string {
  return signal === undefined ? `exit code ${code ?? "unknown"}` : `killed by SIG${signal}`;
}
