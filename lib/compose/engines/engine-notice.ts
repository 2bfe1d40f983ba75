import { type SystemdNotifier, systemdNotifier } from "../../adapters/hosts/systemd-notifier.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import type { Workspace } from "../workspace.ts";

/** How a launcher tells the program of the host that started it where it stands. */
export interface EngineNotice {
  /** What was to start runs, or waits as it is meant to; said once. */
  ready(text: string): void;
  /** The configuration is being read again; settles with the work, after which it is ready again. */
  reloading<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** systemd would kill a unit that is not ready within its start limit; one that waits for an exit is as it should be. */
const latestReadyMs = 60_000;

/** Tells pm2 on its channel and systemd by its own program; does nothing where neither asked to be told. */
export function engineNotice(
  { clock, journal }: Pick<Workspace, "clock" | "journal">,
  stopping: AbortSignal,
): EngineNotice {
  const notifier = openNotifier(journal);
  let isReady = false;
  const say = (text: string): void => {
    if (isReady) return;
    isReady = true;
    void notifier?.tell("READY=1", `STATUS=${text}`);
  };
  const cancelLate =
    notifier === undefined
      ? () => {}
      : clock.after(latestReadyMs, () => say("still starting; launch ps says what it waits for"));
  const cancelWatchdog = notifier === undefined ? () => {} : keepAlive(clock, notifier);
  const stop = (): void => void notifier?.tell("STOPPING=1");
  stopping.addEventListener("abort", stop, { once: true });
  return {
    ready(text) {
      // pm2's `wait_ready` listens on the IPC channel; without one nobody asked.
      if (!isReady) process.send?.("ready");
      cancelLate();
      if (isReady) void notifier?.tell(`STATUS=${text}`);
      else say(text);
    },
    async reloading(work) {
      if (!isReady) return await work;
      void notifier?.tell("RELOADING=1");
      try {
        return await work;
      } finally {
        await notifier?.tell("READY=1");
      }
    },
    async close() {
      cancelLate();
      cancelWatchdog();
      stopping.removeEventListener("abort", stop);
      await notifier?.told();
    },
  };
}

function keepAlive(clock: Workspace["clock"], notifier: SystemdNotifier): () => void {
  const { watchdogMs } = notifier;
  if (watchdogMs === undefined) return () => {};
  let cancel = () => {};
  const again = (): void => {
    cancel = clock.after(Math.floor(watchdogMs / 3), () => {
      void notifier.tell("WATCHDOG=1");
      again();
    });
  };
  again();
  return () => cancel();
}

function openNotifier(journal: Workspace["journal"]): SystemdNotifier | undefined {
  return systemdNotifier(operatorEnvironment(), process.pid, (problem) =>
    journal.say({ level: "warning", unit: undefined, text: problem }),
  );
}
