import { type DirectIp, familyOf, type IpFamily, otherFamilyOf } from "../../domain/ip.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExitWitness } from "../../ports/exit-witness.ts";

/** The host's own address is asked at the launcher's start and again this often (docs/architecture.md, Proof). */
const askEveryMs = 600_000;
const askTimeoutMs = 5_000;
/** An address that is not known yet is asked for again this soon, and then half as often each time. */
const firstRetryMs = 5_000;
/** After so many questions without an answer no proof waits for one: the host may have no way out of its own. */
const mostWaitedFor = 3;

/** Knows the addresses that must never be seen. */
export interface DirectIpWatch {
  /** The address once it is known or found unreachable, for which it is asked again if need be; never rejects. */
  first(): Promise<DirectIp | undefined>;
  /** Resolves once the other address family was asked as well; only an exit in both families waits for it. */
  both(): Promise<void>;
  /** The newest answer; undefined while unknown, which is printed as such. */
  current(): DirectIp | undefined;
  /** All that is known: at most one address of each family. */
  known(): readonly DirectIp[];
  /** The host reaches nothing: it may come back with another address, and its silence says nothing about a way out. The next proof asks again. */
  askAgain(): void;
  stop(): void;
}

interface Round {
  readonly first: Promise<DirectIp | undefined>;
  readonly both: Promise<void>;
  isOver: boolean;
}

/** Asks the witnesses without any proxy, from the first time that somebody wants to know. */
export function watchDirectIp(
  witness: Pick<ExitWitness, "directIp">,
  witnesses: readonly string[],
  clock: Clock,
): DirectIpWatch {
  const known = new Map<IpFamily, DirectIp>();
  let current: DirectIp | undefined;
  let unanswered = 0;
  let round: Round | undefined;
  let cancel = () => {};
  let isAskedAgain = false;
  let isStopped = false;

  // An unreachable witness says nothing: the last known address stays the one to refuse.
  const ask = async (family?: IpFamily): Promise<DirectIp | undefined> => {
    const answer = await witness.directIp(witnesses, askTimeoutMs, family).catch(() => undefined);
    if (answer !== undefined) known.set(familyOf(answer), answer);
    return answer;
  };
  const askMain = async (): Promise<DirectIp | undefined> => {
    const answer = await ask();
    current = answer ?? current;
    unanswered = answer === undefined ? unanswered + 1 : 0;
    return current;
  };
  const begin = (): Round => {
    isAskedAgain = false;
    const first = askMain();
    const both = first.then(async (main) => {
      begun.isOver = true;
      if (main !== undefined && !isStopped) await ask(otherFamilyOf(main));
    });
    const begun: Round = { first, both, isOver: false };
    round = begun;
    void both.then(() => {
      cancel();
      if (!isStopped) cancel = clock.after(nextInMs(current, unanswered), begin);
    });
    return begun;
  };
  // A host that was offline a moment ago would let a proxy through that shows its own address.
  const present = (): Round => {
    const isWorthIt = isAskedAgain || (current === undefined && unanswered < mostWaitedFor);
    return round === undefined || (round.isOver && isWorthIt && !isStopped) ? begin() : round;
  };
  return {
    first: () => present().first,
    both: () => present().both,
    current: () => current,
    known: () => [...known.values()],
    askAgain() {
      isAskedAgain = true;
      unanswered = 0;
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

function nextInMs(known: DirectIp | undefined, unanswered: number): number {
  return known === undefined
    ? Math.min(firstRetryMs * 2 ** Math.max(0, unanswered - 1), askEveryMs)
    : askEveryMs;
}
