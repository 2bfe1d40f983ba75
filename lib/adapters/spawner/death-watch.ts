/**
 * Watches this launcher's life from outside: a shell that reads which runs live, and does nothing else until its input ends,
 * because the launcher let it go or died. Then, if a run lives still, it gives way to the program that kills what is left of it. A second
 * Node for each launcher would cost more memory than a bot; the shell takes a few hundred kilobytes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { RunId } from "../../domain/ids.ts";

export interface DeathWatchOptions {
  /** What is started once the launcher is dead: `node SCRIPT WORDS… RUN…`. */
  readonly node: string;
  readonly script: string;
  readonly words: readonly string[];
}

export interface DeathWatch {
  /** Starts the shell before the first run needs it. */
  begin(): void;
  /** A process of the run is about to start. */
  add(runId: RunId): void;
  /** Nothing of the run lives any more. */
  remove(runId: RunId): void;
}

// Its first words are the program that it becomes. A run id holds no blank and no character that a shell would read as its own.
const script = `trap '' HUP INT QUIT TERM
runs=$WATCHED_RUNS
while IFS= read -r line; do
  run=\${line#?}
  case $line in
    +*) runs="$runs $run" ;;
    -*) after=\${runs#*" $run"}; runs=\${runs%%" $run"*}$after ;;
  esac
done
[ -z "$runs" ] || exec "$@" $runs`;

/** One that ends as soon as it has begun is not started again and again without a pause. */
const soonestAgainMs = 1_000;

/** Begins with the first run that is added, unless it was begun before; a watch that somebody killed is replaced. */
export function deathWatch({ node, script: program, words }: DeathWatchOptions): DeathWatch {
  const runs = new Set<RunId>();
  let shell: ChildProcess | undefined;
  const tell = (line: string): void => {
    shell?.stdin?.write(`${line}\n`);
  };
  const forget = (gone: ChildProcess): void => {
    if (shell === gone) shell = undefined;
  };
  const startAgain = (): void => {
    if (shell === undefined && runs.size > 0) start();
  };
  const start = (): void => {
    const started = spawn("/bin/sh", ["-c", script, "launch-death-watch", node, program, ...words], {
      cwd: "/",
      // It knows them before its launcher, which may die at any moment, could tell it.
      env: { PATH: "/usr/bin:/bin", WATCHED_RUNS: [...runs].map((runId) => ` ${runId}`).join("") },
      // What it has to say is said where the launcher spoke.
      stdio: ["pipe", "ignore", "inherit"],
      // A terminal's signals, and an engine's for the launcher's group, mean the launcher.
      detached: true,
    });
    shell = started;
    const startedAt = performance.now();
    started.stdin?.on("error", () => {});
    // A host at its limits may have no process left: the next run tries again.
    started.on("error", () => forget(started));
    started.once("exit", () => {
      forget(started);
      if (performance.now() - startedAt >= soonestAgainMs) startAgain();
      else setTimeout(startAgain, soonestAgainMs).unref();
    });
    started.unref();
    (started.stdin as { unref?(): void } | null)?.unref?.();
  };
  return {
    begin() {
      if (shell === undefined) start();
    },
    add(runId) {
      if (runs.has(runId)) return;
      runs.add(runId);
      if (shell === undefined) start();
      else tell(`+${runId}`);
    },
    remove(runId) {
      if (runs.delete(runId)) tell(`-${runId}`);
    },
  };
}
