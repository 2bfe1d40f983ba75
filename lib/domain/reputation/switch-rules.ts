const [second, minute, day] = [1_000, 60_000, 86_400_000];

/**
 * Every threshold by which exits are judged and left, with what it is as long as nobody sets it under `switch` in launch.yaml, and
 * what it says there; a rule that says nothing cannot be set.
 *
 * Budgets, guard, holds and confirmation were tried in a simulation of 20 accounts on 3 exits each. Waits come from what venues
 * publish (Bybit lifts a 403 after ten minutes, Binance bans for two minutes to three days), the shape of the guard from Envoy's
 * outlier detection, and small jitter from systems where full jitter brought a banned address back at once.
 */
export const switchRules = {
  perTenMinutes: { usual: 1, says: "Planned switches of one account in ten minutes." },
  perDay: { usual: 3, says: "Planned switches of one account in 24 hours." },
  tenMinutesMs: { usual: 10 * minute, says: undefined },
  dayMs: { usual: day, says: undefined },
  fleetShare: {
    usual: 0.1,
    says: "The share of the running accounts that may begin a switch within fleet_window; at least one may.",
  },
  fleetLeastLost: { usual: 5, says: "... of accounts that lost their exits at least so many may." },
  fleetWindowMs: { usual: minute, says: "See fleet_share." },

  guardWindowMs: { usual: 15 * second, says: "An incident is seen in the failures of this time." },
  incidentHoldMs: { usual: minute, says: "An incident lasts so long after it was last seen." },
  venueShare: {
    usual: 0.3,
    says: "A venue has an incident when this share of its running accounts fails.",
  },
  venueLeast: { usual: 3, says: "... and at least so many, on different exits." },
  vendorShare: { usual: 0.5, says: "A vendor has an incident when this share of its exits in use fails." },
  vendorLeast: { usual: 2, says: "... and at least so many." },
  hostLeast: {
    usual: 2,
    says: "This host has an incident when it reaches none of at least so many vendors.",
  },

  limitedMs: { usual: minute, says: "A rate limit that names no time." },
  bannedMs: { usual: 10 * minute, says: "A ban that names no time; doubled by each one more." },
  blockedMs: { usual: 30 * minute, says: "A block by a venue's firewall; doubled by each one more." },
  burnedCapMs: { usual: day, says: "The longest of these." },
  untilShare: { usual: 0.1, says: "This share is added to a time that a venue names." },
  untilExtraMs: { usual: 30 * second, says: "... and so much more." },
  jitter: { usual: 0.1, says: "The share of a wait that is random." },
  mostFailures: { usual: 5, says: "After so many bans an exit stays out until an operator revives it." },
  holdMaxMs: {
    usual: 5 * minute,
    says: "A ban that ends within this time is waited for on the same exit.",
  },

  strongWeight: { usual: 0.9, says: "Evidence of at least this weight counts alone." },
  repeats: { usual: 3, says: "So many blocks by a firewall within repeats_within are one burn." },
  repeatsWithinMs: { usual: 30 * second, says: "See repeats." },
  confirmWithinMs: { usual: 30 * second, says: "Two weak channels confirm one another within this time." },
  ownFaultMs: {
    usual: 10 * minute,
    says: "A ban so shortly after a rate limit of the same bot is its own doing.",
  },
  backOffMs: {
    usual: minute,
    says: "How long such a bot is stopped before it moves; doubled by each one more of a day.",
  },
  backOffCapMs: { usual: 60 * minute, says: "The longest of these." },
  toldEveryMs: {
    usual: 10 * minute,
    says: "The same trouble of an account is told again only after this.",
  },

  probationMs: {
    usual: 10 * minute,
    says: "An exit on probation is clear after so long in use without trouble.",
  },
  idleProbationMs: { usual: day, says: "... or after so long unused with good probes." },
  forgiveMs: { usual: day, says: "So long in use without trouble takes one failure off." },
  probationProbeMs: {
    usual: 30 * second,
    says: "Probes of an exit on probation come in this distance.",
  },

  preflight: { usual: 3, says: "Candidates that are tried in one decision." },
  slowBurnShare: {
    usual: 0.9,
    says: "An exit of which a smaller share of connections works is left when it is quiet.",
  },
  slowBurnMs: { usual: 30 * minute, says: "... measured over this time." },
  slowBurnLeast: { usual: 20, says: "... and over at least so many connections." },
} as const satisfies Readonly<Record<string, { readonly usual: number; readonly says: string | undefined }>>;

/** The rules that hold, by name. */
export type SwitchRules = { readonly [Rule in keyof typeof switchRules]: number };

/** Every rule as it is while nobody sets it. */
export const switchDefaults = Object.fromEntries(
  Object.entries(switchRules).map(([rule, { usual }]) => [rule, usual]),
) as SwitchRules;
