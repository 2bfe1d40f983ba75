import { type NetworkListeners, peekListeners, peekOtherNetworks } from "./find-listeners.ts";
import type { SocketFile } from "./socket-files.ts";

/** Looks for listening sockets as long as somebody watches. */
export interface ListenerLooks {
  /** Gives `watcher` what each look from now on finds, but for the sockets of its own network; gives back how to stop. */
  add(watcher: ListenerWatcher): () => void;
}

export interface ListenerWatcher {
  /** Whose sockets in other networks concern it. */
  readonly uid: number;
  /** The network of its own, as the kernel names it. */
  readonly network: string | undefined;
  hear(files: readonly SocketFile[]): void;
}

/** As often as a lease is renewed. */
const lookEveryMs = 4_000;
/** The other networks of the user, and names that are not absolute, cost a look at every process. */
const everywhereEach = 15;

/** What looks read of the host. */
export interface Peeks {
  readonly here: (relative: boolean) => readonly SocketFile[];
  readonly elsewhere: (uid: number) => Promise<readonly NetworkListeners[]>;
}

/** One look serves all bots of a launcher: each of them has a socket, so that looks of their own would grow with the square of their number. */
export function listenerLooks(
  peeks: Peeks = { here: peekListeners, elsewhere: peekOtherNetworks },
): ListenerLooks {
  const watchers = new Set<ListenerWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  let isLooking = false;

  const look = async (): Promise<void> => {
    const everywhere = ++looks % everywhereEach === 0;
    const files = peeks.here(everywhere);
    for (const watcher of watchers) tell(watcher, files);
    for (const uid of everywhere ? new Set([...watchers].map((watcher) => watcher.uid)) : []) {
      // The sockets of one user that cannot be looked for keep no other from hearing.
      const networks = await peeks.elsewhere(uid).catch(() => []);
      for (const watcher of watchers) if (watcher.uid === uid) tell(watcher, foreign(networks, watcher));
    }
  };

  const lookAgain = (): void => {
    if (isLooking) return;
    isLooking = true;
    const ended = (): void => {
      isLooking = false;
    };
    // One that finds no room for files is made up for by the next.
    look().then(ended, ended);
  };

  return {
    add(watcher) {
      watchers.add(watcher);
      timer ??= setInterval(lookAgain, lookEveryMs).unref();
      return () => {
        watchers.delete(watcher);
        if (watchers.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

// One bot's judgement that finds no room for files keeps no other from hearing.
function tell(watcher: ListenerWatcher, files: readonly SocketFile[]): void {
  try {
    watcher.hear(files);
  } catch {}
}

function foreign(
  networks: readonly NetworkListeners[],
  { network: own }: ListenerWatcher,
): readonly SocketFile[] {
  return networks.flatMap(({ network, files }) => (network === own ? [] : files));
}
