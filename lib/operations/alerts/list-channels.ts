import type { Alert } from "../../domain/alerts/alert.ts";
import type { NotifySettings } from "../../domain/alerts/notify-settings.ts";
import type { Instant } from "../../domain/time.ts";
import { shortId, writeAlert } from "../../policy/alerts/wording.ts";
import type { AlertStore, ChannelState } from "../../ports/alerts/alert-store.ts";

/** A channel as `launch notify ls` shows it. */
export interface ListedChannel {
  readonly name: string;
  readonly kind: string;
  /** `unused`: no launcher has had it yet; `elsewhere`: this launch.yaml does not name it. */
  readonly state: "ok" | "failing" | "unused" | "elsewhere";
  readonly topics: readonly string[] | undefined;
  readonly sentAt: Instant | undefined;
  readonly failingSince: Instant | undefined;
  readonly waiting: number;
  readonly error: string | undefined;
}

/** An alert as it stands. */
export interface ListedAlert {
  readonly id: string;
  readonly title: string;
  readonly openedAt: Instant;
  readonly overAt: Instant | undefined;
  readonly members: Alert["members"];
}

/** The channels of this launch.yaml and of every other launcher of the database, and what is open. */
export async function listChannels(
  store: AlertStore,
  notify: NotifySettings | undefined,
  now: Instant,
): Promise<{ readonly channels: readonly ListedChannel[]; readonly alerts: readonly ListedAlert[] }> {
  const [known, alerts] = await Promise.all([store.channels(), store.alerts()]);
  const mine = [
    ...(notify?.channels ?? []).map(({ name, kind, topics }) => ({ name, kind: String(kind), topics })),
    ...(notify?.pings ?? []).map(({ name }) => ({ name, kind: "ping", topics: undefined })),
  ];
  const others = known.filter(({ name }) => !mine.some((each) => each.name === name));
  return {
    channels: [
      ...mine.map((each) =>
        listed(
          each,
          known.find(({ name }) => name === each.name),
        ),
      ),
      ...others.map((state) => ({
        ...listed({ ...state, topics: undefined }, state),
        state: "elsewhere" as const,
      })),
    ],
    alerts: alerts.map((alert) => ({
      id: shortId(alert),
      title: writeAlert(alert, "news", { now, place: "" }).title,
      openedAt: alert.openedAt,
      overAt: alert.overAt,
      members: alert.members,
    })),
  };
}

function listed(
  { name, kind, topics }: Pick<ListedChannel, "name" | "kind" | "topics">,
  state: ChannelState | undefined,
): ListedChannel {
  return {
    name,
    kind,
    topics,
    state: state === undefined ? "unused" : state.error === undefined ? "ok" : "failing",
    sentAt: state?.sentAt,
    failingSince: state?.failingSince,
    waiting: state?.waiting ?? 0,
    error: state?.error,
  };
}
