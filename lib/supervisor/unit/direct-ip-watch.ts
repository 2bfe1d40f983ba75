import { type DirectIp, familyOf, type IpFamily, otherFamilyOf } from "../../domain/ip.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExitWitness } from "../../ports/exit-witness.ts";

/** The host's own address is asked at the launcher's start and again this often (docs/architecture.md, Proof). */
const askEveryMs = 600_000;
const askTimeoutMs = 5_000;

/** Knows the addresses that must never be seen. */
export interface DirectIpWatch {
  /** The address once it is known or found unreachable; never rejects. */
  first(): Promise<DirectIp | undefined>;
  /** Resolves once the other address family was asked as well; only an exit in both families waits for it. */
  both(): Promise<void>;
  /** The newest answer; undefined while unknown, which is printed as such. */
  current(): DirectIp | undefined;
  /** All that is known: at most one address of each family. */
  known(): readonly DirectIp[];
  stop(): void;
}

/** Asks the witnesses without any proxy, from the first time that somebody wants to know. */
export function watchDirectIp(
  witness: ExitWitness,
  witnesses: readonly string[],
  clock: Clock,
): DirectIpWatch {
  const known = new Map<IpFamily, DirectIp>();
  let current: DirectIp | undefined;
  let cancel = () => {};
  let isStopped = false;

  // An unreachable witness says nothing: the last known address stays the one to refuse.
  const ask = async (family?: IpFamily): Promise<DirectIp | undefined> => {
    const answer = await witness.directIp(witnesses, askTimeoutMs, family).catch(() => undefined);
    if (answer !== undefined) known.set(familyOf(answer), answer);
    return answer;
  };
  const askMain = async (): Promise<DirectIp | undefined> => {
    current = (await ask()) ?? current;
    return current;
  };
  const askOther = async (main: DirectIp | undefined): Promise<void> => {
    if (main !== undefined && !isStopped) await ask(otherFamilyOf(main));
  };
  const askAgain = async (): Promise<void> => {
    await askOther(await askMain());
    schedule();
  };
  const schedule = (): void => {
    if (!isStopped) cancel = clock.after(askEveryMs, () => void askAgain());
  };

  let asked: { readonly first: ReturnType<typeof askMain>; readonly both: Promise<void> } | undefined;
  const begin = () => {
    if (asked !== undefined) return asked;
    const first = askMain();
    const both = first.then(askOther);
    void both.then(schedule);
    asked = { first, both };
    return asked;
  };
  return {
    first: () => begin().first,
    both: () => begin().both,
    current: () => current,
    known: () => [...known.values()],
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
