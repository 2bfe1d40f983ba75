/** A fault put into lib on purpose, which the worlds have to find. */
export interface Mutant {
  readonly name: string;
  /** What it breaks, for people. */
  readonly breaks: string;
  /** Under lib. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Each replaces one piece of text, which stands in its file exactly once. */
export const mutants: readonly Mutant[] = [
  {
    name: "lease-not-waited-for",
    breaks: "takes a lease from a holder that was silent for a second",
    file: "supervisor/lease/take-lease.ts",
    from: 'const isOver = verdict === "dead" || silentMs >= ttlMs;',
    to: 'const isOver = verdict === "dead" || silentMs >= 1_000;',
  },
  {
    name: "standby-not-waited-for",
    breaks: "takes over from another host that was silent for a second",
    file: "supervisor/lease/standby-watch.ts",
    from: "const leftMs = holder.ttlMs - silentMs;",
    to: "const leftMs = 1_000 - silentMs;",
  },
  {
    name: "deadline-ignored",
    breaks: "counts on a lease for a minute after its last renewal",
    file: "supervisor/lease/lease-keeper.ts",
    from: "const deadline = monotonic(sentAt + this.#times.trustedMs);",
    to: "const deadline = monotonic(sentAt + 60_000);",
  },
  {
    name: "lease-kept-after-the-end",
    breaks: "never forgets a run, nor gives its lease back",
    file: "supervisor/unit/effects/close.ts",
    from: "{ launcherId: lease.launcherId, onSending }",
    to: "undefined",
  },
  {
    name: "proof-of-one",
    breaks: "believes a single witness",
    file: "policy/proof.ts",
    from: "if (leading === undefined || leading.length < witnessesNeeded) return undefined;\n  return leading.length * 2 > countOf(camps) ? leading : undefined;",
    to: "return camps.at(-1) ?? leading;",
  },
  {
    name: "proof-skipped",
    breaks: "takes the address that is expected for proven",
    file: "supervisor/exit/exit-seeker.ts",
    from: "const verdict = await unlessGivenUp(signal, proveOnce(ports, settings, relay, facts));",
    to: 'const known = facts.proxy.expectedIp;\n      const verdict: Awaited<ReturnType<typeof proveOnce>> = known === undefined ? await proveOnce(ports, settings, relay, facts) : { kind: "proven", pins: false, besides: undefined, proof: { exitIps: [known], country: undefined, agreed: 2, asked: 2, reach: "public", provenAt: clock.now() } };',
  },
  {
    name: "direct-ip-accepted",
    breaks: "takes the host's own address for an exit",
    file: "policy/proof.ts",
    from: "return ips.some((each) => isSameExit(each, ip));",
    to: "return ips.length > 1_000 && isSameExit(ip, ip);",
  },
  {
    name: "drift-ignored",
    breaks: "does not mind that a running bot's exit has changed",
    file: "supervisor/exit/exit-watch.ts",
    from: "if (watched.aborted || proof === undefined) return;\n    const verdict",
    to: "if (watched.aborted || proof === undefined || proof.asked > 0) return;\n    const verdict",
  },
  {
    name: "exit-not-claimed",
    breaks: "claims a proven exit for no venue",
    file: "supervisor/exit/exit-claim.ts",
    from: "      exitIps,\n      venues: account.venues,",
    to: "      exitIps,\n      venues: [],",
  },
  {
    name: "everybody-in-one-group",
    breaks: "claims exits as if all accounts shared them",
    file: "supervisor/exit/exit-claim.ts",
    from: "groupName: account.groupName,",
    to: 'groupName: "everybody",',
  },
  {
    name: "evidence-not-stored",
    breaks: "stores nothing of why an exit was left",
    file: "supervisor/unit/effects/leave-exit.ts",
    from: "  context.recorder.record({\n    kind: exitLeft,",
    to: "  context.recorder.note({ reason: why });\n  if (label === undefined) context.recorder.record({\n    kind: exitLeft,",
  },
  {
    name: "guard-without-control",
    breaks: "blames the proxy although nothing else answers either",
    file: "supervisor/exit/verify-exit.ts",
    from: "if (!(await isControlHealthy(ports, settings, options))) return undefined;",
    to: "if (isControlHealthy === undefined) return undefined;",
  },
  {
    name: "cooldown-ignored",
    breaks: "goes back to an exit before its cooldown is over",
    file: "policy/eligibility.ts",
    from: 'return cooldownUntil > nowMs ? { reason, retryClass: "returns", untilAt: cooldownUntil } : undefined;',
    to: "return undefined;",
  },
  {
    // Selection asks, and once more whoever has proven the exit: a fault in one of the two is made good by the other.
    name: "burn-ignored",
    breaks: "takes a ban of a venue for over at once",
    file: "policy/reputation/reputation.ts",
    from: 'untilAt === undefined ? state === "limited" : untilAt <= now;',
    to: 'untilAt !== undefined || state === "limited" || untilAt === now;',
  },
  {
    name: "unregistered-used",
    breaks: "leaves from addresses that the venue does not know",
    file: "policy/reputation/registration.ts",
    from: "return live.length === 0 || exitIps.every(",
    to: "return live.length >= 0 || exitIps.every(",
  },
  {
    name: "operators-not-heard",
    breaks: "does not look what operators changed while a bot runs",
    file: "supervisor/unit/effects/follow-renewal.ts",
    from: "const word = held && (await seeker.operatorWordOn(held));",
    to: "const word = undefined;",
  },
  {
    name: "stop-not-heard",
    breaks: "lets a unit run that is wanted down",
    file: "supervisor/desk/desk-unit.ts",
    from: 'if (wish?.wanted === "down") {\n      if (this.#state.kind === "down") return;',
    to: 'if (wish?.wanted === "down") {\n      if (this.#state.kind !== "queued") return;',
  },
  {
    name: "request-twice",
    breaks: "carries a request out again at each renewal until it is answered",
    file: "supervisor/requests.ts",
    from: "if (this.#taken.has(id) && this.#taken.get(id) === undefined) return;",
    to: "if (this.#taken.size > 1_000) return;",
  },
  {
    name: "budget-ignored",
    breaks: "switches by plan as often as it likes",
    file: "policy/reputation/budget.ts",
    from: "    refusedByBudget(facts, rules) ??\n",
    to: "    (facts.now < 0 ? refusedByBudget(facts, rules) : undefined) ??\n",
  },
  {
    name: "sent-before-it-is-sent",
    breaks: "marks a message sent before it is",
    file: "supervisor/alerts/deliveries.ts",
    from: "    const thread = alertId;\n",
    to: '    const thread = alertId;\n    await store.settle(this.#by, message, { kind: "sent", receipt: undefined }).catch(() => undefined);\n',
  },
  {
    name: "message-not-claimed",
    breaks: "leaves a message to others while it sends it",
    file: "supervisor/alerts/deliveries.ts",
    from: "const holdMs = 15_000;",
    to: "const holdMs = 1;",
  },
  {
    name: "stopped-without-waiting",
    breaks: "starts the next process while the one before still ends",
    file: "supervisor/process/process-keeper.ts",
    from: "await (isUrgent ? this.#current?.kill() : this.#current?.stop(this.#settings.unit.stop));",
    to: "void (isUrgent ? this.#current?.kill() : this.#current?.stop(this.#settings.unit.stop));",
  },
  {
    name: "survivors-left",
    breaks: "starts beside what a killed launcher of this host left alive",
    file: "supervisor/lease/hold-host-lock.ts",
    from: "for (const left of lock.left) await ports.spawner.killSurvivors(left);",
    to: "for (const left of lock.left) await Promise.resolve(left);",
  },
  {
    name: "era-not-watched",
    breaks: "takes leases of a database that has just failed over",
    file: "supervisor/lease/take-lease.ts",
    from: "settled: () => (watched !== undefined && leftMs() === 0 ? watched.era : undefined),",
    to: "settled: () => watched?.era,",
  },
];
