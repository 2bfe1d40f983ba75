/** Every threshold by which exits are judged and left; each can be set in launch.yaml under `switch`. */
export interface SwitchRules {
  /** Planned switches that an account may make within `tenMinutesMs` and within `dayMs`. */
  readonly perTenMinutes: number;
  readonly perDay: number;
  readonly tenMinutesMs: number;
  readonly dayMs: number;
  /** Of the running accounts, at most this share (and at least one) begins a switch within `fleetWindowMs`. */
  readonly fleetShare: number;
  /** Of accounts that lost their exits at least so many may, however few run. */
  readonly fleetLeastLost: number;
  readonly fleetWindowMs: number;

  /** The guard looks at failures of this time. */
  readonly guardWindowMs: number;
  /** An incident lasts so long after it was last seen. */
  readonly incidentHoldMs: number;
  /** A venue's incident: so many of its running accounts fail on different exits, at least `venueLeast`. */
  readonly venueShare: number;
  readonly venueLeast: number;
  /** A vendor's incident: so many of its leased exits fail, at least `vendorLeast`. */
  readonly vendorShare: number;
  readonly vendorLeast: number;
  /** A host's incident: so many vendors cannot be reached from it, and none can. */
  readonly hostLeast: number;

  /** A rate limit without a time ends after this. */
  readonly limitedMs: number;
  /** A ban without a time; doubled by each failure, at most `burnedCapMs`. */
  readonly bannedMs: number;
  /** A block by a firewall, which names no time. */
  readonly blockedMs: number;
  readonly burnedCapMs: number;
  /** What is added to a time that the venue named: this share of it, and `untilExtraMs`. */
  readonly untilShare: number;
  readonly untilExtraMs: number;
  /** How much of a wait is random. */
  readonly jitter: number;
  /** So many burns, and the exit stays out until an operator revives it. */
  readonly mostFailures: number;
  /** A ban that ends within this time is waited for on the same exit. */
  readonly holdMaxMs: number;

  /** Evidence of at least this weight counts alone. */
  readonly strongWeight: number;
  /** So many blocks of one class within `repeatsWithinMs` count as one burn. */
  readonly repeats: number;
  readonly repeatsWithinMs: number;
  /** Two weak channels confirm one another within this time. */
  readonly confirmWithinMs: number;
  /** Rate limits of the same bot so shortly before a ban make it the bot's own. */
  readonly ownFaultMs: number;
  /** How long such a bot is stopped before it leaves; doubled by each ban of a day, at most `backOffCapMs`. */
  readonly backOffMs: number;
  readonly backOffCapMs: number;
  /** The same trouble of an account is told again only after this. */
  readonly toldEveryMs: number;

  /** Leased without trouble for so long, or idle with good probes for `idleProbationMs`, an exit on probation is clear. */
  readonly probationMs: number;
  readonly idleProbationMs: number;
  /** Leased without trouble for so long, one failure is forgiven. */
  readonly forgiveMs: number;
  /** Probes of an exit on probation come in this distance. */
  readonly probationProbeMs: number;

  /** Candidates that one decision tries. */
  readonly preflight: number;
  /** Fewer good connections than this share within `slowBurnMs`, out of at least `slowBurnLeast`: the exit is left when it is quiet. */
  readonly slowBurnShare: number;
  readonly slowBurnMs: number;
  readonly slowBurnLeast: number;
}

const [second, minute, day] = [1_000, 60_000, 86_400_000];

/**
 * Budgets, guard, holds and confirmation were tried in a simulation of 20 accounts on 3 exits each. Waits come from what venues
 * publish (Bybit lifts a 403 after ten minutes, Binance bans for two minutes to three days), the shape of the guard from Envoy's
 * outlier detection, and small jitter from systems where full jitter brought a banned address back at once.
 */
export const switchDefaults: SwitchRules = {
  perTenMinutes: 1,
  perDay: 3,
  tenMinutesMs: 10 * minute,
  dayMs: day,
  fleetShare: 0.1,
  fleetLeastLost: 5,
  fleetWindowMs: minute,
  guardWindowMs: 15 * second,
  incidentHoldMs: minute,
  venueShare: 0.3,
  venueLeast: 3,
  vendorShare: 0.5,
  vendorLeast: 2,
  hostLeast: 2,
  limitedMs: minute,
  bannedMs: 10 * minute,
  blockedMs: 30 * minute,
  burnedCapMs: day,
  untilShare: 0.1,
  untilExtraMs: 30 * second,
  jitter: 0.1,
  mostFailures: 5,
  holdMaxMs: 5 * minute,
  strongWeight: 0.9,
  repeats: 3,
  repeatsWithinMs: 30 * second,
  confirmWithinMs: 30 * second,
  ownFaultMs: 10 * minute,
  backOffMs: minute,
  backOffCapMs: 60 * minute,
  toldEveryMs: 10 * minute,
  probationMs: 10 * minute,
  idleProbationMs: day,
  forgiveMs: day,
  probationProbeMs: 30 * second,
  preflight: 3,
  slowBurnShare: 0.9,
  slowBurnMs: 30 * minute,
  slowBurnLeast: 20,
};
