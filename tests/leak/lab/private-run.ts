import { quote } from "../../../lib/adapters/isolation/network/setup-script.ts";
import { patient } from "../../patience/patience.ts";

/** Daemons that live where launcher and bots do, in a /run that is theirs alone: nothing of the machine's own is touched. */
export interface PrivateRun {
  /** A shell line run before the daemons. */
  readonly prepare?: string;
  /** Words of each daemon; it stays in the foreground, and dies with the launcher. */
  readonly daemons: readonly (readonly string[])[];
  /** Sockets that are there when every daemon is ready. */
  readonly ready: readonly string[];
  /** Where daemons write what they say. */
  readonly log: string;
}

/** Words to be put in front of a launcher on the bots' side: it starts when the daemons of its private /run are ready. */
export function besideDaemons(
  botSide: readonly string[],
  { prepare = ":", daemons, ready, log }: PrivateRun,
): readonly string[] {
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? [] : ["--user", "--map-current-user", "--keep-caps"];
  const script = [
    "set -e",
    // By this name a daemon that stayed behind is found.
    `export LEAK_LOG=${quote(log)}`,
    "mount --make-rprivate /",
    "mount -t tmpfs none /run",
    prepare,
    ...daemons.map(
      (words) =>
        `setpriv --pdeathsig KILL -- ${words.map(quote).join(" ")} >>${quote(log)} 2>&1 </dev/null &`,
    ),
    ...ready.map(
      (path) =>
        `n=0; until [ -S ${quote(path)} ]; do n=$((n+1)); [ $n -lt ${patient(200)} ]; sleep 0.05; done`,
    ),
    // The launcher gets no more than it would have without all this.
    isRoot ? 'exec "$@"' : 'exec setpriv --inh-caps=-all --ambient-caps=-all "$@"',
  ];
  return [...botSide, "unshare", ...user, "--mount", "--", "sh", "-c", script.join("\n"), "sh"];
}
