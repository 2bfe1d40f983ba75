import type { SocketNews } from "../../../ports/spawner.ts";
import { realPathOf } from "../../host-files/read-if-there.ts";
import type { HostUser } from "../host/run-as.ts";
import { type FileView, isUnseen } from "../view/file-view.ts";
import { findListeners } from "./find-listeners.ts";
import { judgeSockets, type SocketRules } from "./judge-sockets.ts";
import type { ListenerLooks } from "./listener-looks.ts";

export type SocketsOutside = ReturnType<typeof socketsOutside>;

/** The listening sockets of programs outside, as one bot's file view has to treat them. Starts to look at once; `ss` works beside whatever is done meanwhile. */
export function socketsOutside(
  { ss, looks }: { readonly ss: string | undefined; readonly looks: ListenerLooks },
  rules: SocketRules,
) {
  const listeners = findListeners({ ss, uid: rules.uid });
  const judged = listeners.then((files) => judgeSockets(files, rules));
  return {
    /** Paths in whose place the bot is to see nothing. */
    covered: judged.then(({ covered }) => covered),
    /** Tells what stays reachable, then names each listener once that comes later and is not covered; `network` is the bot's own, whose sockets are its own. Gives back how to stop. */
    async watch(network: string | undefined, tell: (news: SocketNews) => void): Promise<() => void> {
      tell({ type: "reachable", paths: (await judged).reachable });
      const seen = new Set((await listeners).map(({ identity }) => identity));
      return looks.add({
        uid: rules.uid,
        network,
        hear(files) {
          const fresh = files.filter((file) => !seen.has(file.identity));
          const { covered } = judgeSockets(fresh, rules);
          // Not before they are judged: a look that finds no room for that is made up for by the next.
          for (const file of fresh) seen.add(file.identity);
          for (const path of covered) tell({ type: "appeared", path });
        },
      });
    },
  };
}

/** What decides about sockets where a bot has this file view. */
export function socketRules({
  view,
  runAs,
  uid,
  allowed,
}: {
  readonly view: FileView;
  readonly runAs: HostUser | undefined;
  /** Of the launcher's user. */
  readonly uid: number;
  readonly allowed: readonly string[];
}): SocketRules {
  return {
    uid: runAs?.uid ?? uid,
    groups: runAs === undefined ? (process.getgroups?.() ?? []) : [runAs.gid],
    isUnseen: (path) => isUnseen(path, view),
    allowed: allowed.map((path) => realPathOf(path) ?? path),
  };
}
