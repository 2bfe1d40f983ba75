import { execFile } from "node:child_process";

/** Tells systemd how its unit stands. Node has no datagram sockets of unix, so systemd's own program does it. */
export interface SystemdNotifier {
  /** How often it wants a sign of life, at least; undefined: never. */
  readonly watchdogMs: number | undefined;
  /** Says the words, after those before; settles when they are said, or could not be. */
  tell(...words: readonly string[]): Promise<void>;
  /** Settles when everything is said. */
  told(): Promise<void>;
}

const withinMs = 10_000;

/** The notifier of the unit that this process is the main one of; undefined where systemd did not ask to be told. */
export function systemdNotifier(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  onProblem: (text: string) => void,
): SystemdNotifier | undefined {
  const socket = env["NOTIFY_SOCKET"];
  if (!socket) return undefined;
  let isProblemTold = false;
  let last = Promise.resolve();
  const say = async (words: readonly string[]): Promise<void> => {
    const problem = await notify(words, { PATH: env["PATH"], NOTIFY_SOCKET: socket });
    if (problem === undefined || isProblemTold) return;
    isProblemTold = true;
    onProblem(`systemd could not be told how this launcher stands: ${problem}`);
  };
  return {
    watchdogMs: watchdogOf(env, pid),
    tell(...words) {
      last = last.then(() => say(words));
      return last;
    },
    told: () => last,
  };
}

// The variable may have been meant for the process that started this one.
function watchdogOf(env: Readonly<Record<string, string | undefined>>, pid: number): number | undefined {
  const usec = Number(env["WATCHDOG_USEC"]);
  const isOurs = env["WATCHDOG_PID"] === undefined || env["WATCHDOG_PID"] === String(pid);
  return isOurs && usec > 0 ? usec / 1_000 : undefined;
}

function notify(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("systemd-notify", words, { env, timeout: withinMs }, (error, _, stderr) =>
      resolve(error === null ? undefined : stderr.trim() || error.message),
    );
  });
}
