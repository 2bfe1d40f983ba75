import type { Alert, AlertId, AlertMessage } from "../../../../lib/domain/alerts/alert.ts";
import { type AlertRules, alertDefaults } from "../../../../lib/domain/alerts/notify-settings.ts";
import type { QuietHours } from "../../../../lib/domain/reputation/quiet-hours.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { AlertGround, StoredMessage } from "../../../../lib/ports/alerts/alert-store.ts";
import { writeAlerts } from "../../../../lib/supervisor/alerts/write-alerts.ts";

type Happening = Partial<AlertGround["events"][number]> & { readonly kind: string };

interface How {
  readonly canEdit?: boolean;
  readonly quiet?: QuietHours;
  readonly topics?: Alert["topics"];
  /** The channel takes nothing: what is made stays as nobody has begun it. */
  readonly isStuck?: boolean;
}

/** A database's alerts on a fake clock: what happens is told, and every message that a channel would get is kept. */
export class Desk {
  nowMs = 1_800_000_000_000;
  readonly messages: AlertMessage[] = [];
  readonly alerts = new Map<AlertId, Alert>();
  outages: AlertGround["outages"] = [];
  orphans: AlertGround["orphans"] = [];
  readonly rules: AlertRules;
  readonly #how: How;
  #events: AlertGround["events"][number][] = [];
  #ids = 0;

  constructor(how: How = {}, rules: Partial<AlertRules> = {}) {
    this.#how = how;
    this.rules = { ...alertDefaults, ...rules };
  }

  happen(event: Happening): void {
    this.#events.push({
      id: ++this.#ids,
      at: instant(this.nowMs),
      severity: "warning",
      host: "desk-1",
      message: "",
      unit: undefined,
      proxyLabel: undefined,
      vendor: undefined,
      evidence: {},
      ...event,
    });
  }

  lose(unit: string, vendor = "acme"): void {
    const proxyLabel = `${unit}-1`;
    this.happen({
      kind: "exit.lost",
      unit,
      proxyLabel,
      vendor,
      message: "did not answer",
      evidence: { vendor },
    });
  }

  move(unit: string): void {
    this.happen({ kind: "switch.done", unit, proxyLabel: `${unit}-2`, severity: "info" });
  }

  /** Looks every two seconds for so long; gives what was made meanwhile. */
  pass(ms: number): readonly AlertMessage[] {
    const before = this.messages.length;
    const until = this.nowMs + ms;
    for (; this.nowMs < until; this.nowMs += 2_000) this.look();
    return this.messages.slice(before);
  }

  look(isLast = false): void {
    const { canEdit = false, quiet, topics, isStuck = false } = this.#how;
    const channel = {
      kind: "command" as const,
      name: "ops",
      topics,
      quietHours: quiet,
      command: ["true"],
      cwd: "/",
    };
    const minutes = new Date(this.nowMs);
    const events = this.#events;
    this.#events = [];
    const ground: AlertGround = {
      now: instant(this.nowMs),
      events,
      alerts: [...this.alerts.values()],
      messages: this.messages.map((message): StoredMessage => ({ ...message, isUntouched: isStuck })),
      outages: this.outages,
      orphans: this.orphans,
    };
    const written = writeAlerts(ground, {
      channels: [{ settings: channel, canEdit }],
      settings: { channels: [channel], pings: [], rules: this.rules, quietHours: undefined },
      place: "embedded",
      minuteOfDay: minutes.getUTCHours() * 60 + minutes.getUTCMinutes(),
      isLast,
      newId: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`,
    });
    // As JSON, as the database keeps it.
    for (const alert of written.alerts) this.alerts.set(alert.id, JSON.parse(JSON.stringify(alert)));
    for (const message of written.messages) {
      const at = this.messages.findIndex(({ id }) => id === message.id);
      if (at < 0) this.messages.push(message);
      else this.messages[at] = message;
    }
  }
}
