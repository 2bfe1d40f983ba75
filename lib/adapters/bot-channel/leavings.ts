/** Keeps who wants to be told before the exit is left, and who of those that were told is not done yet. */
export interface Leavings<Member> {
  subscribe(member: Member): void;
  /** Tells every subscriber by `send`; false when there is none. */
  announce(id: number, send: (member: Member) => void): boolean;
  done(member: Member, id: number): void;
  /** Whoever is gone is done. */
  gone(member: Member): void;
}

/** Calls `onAllDone` once for each leaving that was announced, when the last of those that were told is done. */
export function trackLeavings<Member>(onAllDone: (id: number) => void): Leavings<Member> {
  const subscribers = new Set<Member>();
  const waiting = new Map<number, Set<Member>>();
  const done = (member: Member, id: number): void => {
    const rest = waiting.get(id);
    if (rest?.delete(member) !== true || rest.size > 0) return;
    waiting.delete(id);
    onAllDone(id);
  };
  return {
    subscribe: (member) => void subscribers.add(member),
    announce(id, send) {
      if (subscribers.size === 0) return false;
      waiting.set(id, new Set(subscribers));
      for (const member of subscribers) send(member);
      return true;
    },
    done,
    gone(member) {
      subscribers.delete(member);
      for (const id of waiting.keys()) done(member, id);
    },
  };
}
