import type { DirectIp } from "../../domain/ip.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExitWitness } from "../../ports/exit-witness.ts";

/** The host's own address is asked at the launcher's start and again this often (docs/architecture.md, Proof). */
const askEveryMs = 600_000;
const askTimeoutMs = 5_000;

/** Knows the address that must never be seen. */
export interface DirectIpWatch {
  /** The address once it is known or found unreachable; never rejects. */
  first(): Promise<DirectIp | undefined>;
  /** The newest answer; undefined while unknown, which is printed as such. */
  current(): DirectIp | undefined;
  stop(): void;
}

/** Starts asking the witnesses without any proxy. */
export function watchDirectIp(
  witness: ExitWitness,
  witnesses: readonly string[],
  clock: Clock,
): DirectIpWatch {
  let current: DirectIp | undefined;
  let cancel = () => {};
  let isStopped = false;

  const ask = async (): Promise<DirectIp | undefined> => {
    const answer = await witness.directIp(witnesses, askTimeoutMs).catch(() => undefined);
    // An unreachable witness says nothing: the last known address stays the one to refuse.
    current = answer ?? current;
    if (!isStopped) cancel = clock.after(askEveryMs, () => void ask());
    return current;
  };

  const first = ask();
  return {
    first: () => first,
    current: () => current,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
