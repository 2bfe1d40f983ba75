/** What people can be told about; each channel of `notify` may name those that it wants. */
export const alertTopics = [
  "stopped",
  "no_exit",
  "switched",
  "drift",
  "leak",
  "geo_blocked",
  "refused",
  "lease_lost",
  "expiry",
  "outage",
  "database_lost",
  "launcher_dead",
] as const;

export type AlertTopic = (typeof alertTopics)[number];

/** What wakes people in quiet hours: an identity may have been shown, nothing protects or runs a bot any more. */
export const urgentTopics: readonly AlertTopic[] = ["leak", "no_exit", "database_lost", "launcher_dead"];
