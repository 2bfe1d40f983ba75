import { createHash } from "node:crypto";
import type { ExitIp } from "../../../lib/domain/ip.ts";

/** One process of a bot, as a venue knows it by its login. */
export interface Session {
  readonly account: string;
  readonly groupName: string | undefined;
  readonly process: number;
  readonly runId: string;
  readonly host: string;
  readonly exitIp: ExitIp;
  readonly label: string;
  readonly venue: string;
  readonly fromMs: number;
  lastMs: number;
  /** Its exit is another than it was when it logged in: the vendor changed it, and it was not found out yet. */
  isDrifted: boolean;
}

/** What the venues of a world see, and all else that happens there; the hash of it is the same for the same seed. */
export class VenueLog {
  readonly sessions: Session[] = [];
  /** What must never be and was. */
  readonly faults: string[] = [];
  readonly lines: string[] = [];
  keepsLines = false;
  requests = 0;
  readonly #hash = createHash("sha256");
  #unhashed = "";
  readonly #ofAccount = new Map<string, Session>();
  /** The latest of each process; a process is of one account. */
  readonly #ofProcess = new Map<number, Session>();
  readonly #onExit = new Map<string, Session[]>();

  /** Anything that happened. */
  note(atMs: number, text: string): void {
    const line = `${atMs} ${text}\n`;
    this.#unhashed += line;
    if (this.#unhashed.length > 65_536) this.#hashOn();
    if (this.keepsLines) this.lines.push(line);
  }

  fault(atMs: number, text: string): void {
    this.note(atMs, `FAULT ${text}`);
    if (this.faults.length < 20) this.faults.push(`at ${seconds(atMs)}: ${text}`);
  }

  /** A request that reached the venue; true when it is a login. */
  request(atMs: number, by: Omit<Session, "fromMs" | "lastMs">): boolean {
    this.requests += 1;
    this.note(atMs, `request ${by.venue} ${by.account} ${by.process} ${by.exitIp}`);
    const isLogin = this.#logIn(atMs, by);
    this.#comeFrom(atMs, by);
    return isLogin;
  }

  hash(): string {
    this.#hashOn();
    return this.#hash.copy().digest("hex");
  }

  #hashOn(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = "";
  }

  // A session that was followed by another one is over: whoever sends in it is a second bot of the account.
  #logIn(atMs: number, by: Omit<Session, "fromMs" | "lastMs">): boolean {
    const key = `${by.account} ${by.venue}`;
    const present = this.#ofAccount.get(key);
    if (present?.process === by.process && present.exitIp === by.exitIp) {
      present.lastMs = atMs;
      return false;
    }
    const before = this.#ofProcess.get(by.process);
    if (present !== undefined && present.process !== by.process && (before?.fromMs ?? atMs) < present.fromMs)
      this.fault(
        atMs,
        `${by.account} is logged in twice at ${by.venue}: process ${by.process} on ${by.host} sends, and process ${present.process} on ${present.host} has logged in at ${seconds(present.fromMs)}`,
      );
    const session = { ...by, fromMs: atMs, lastMs: atMs };
    this.sessions.push(session);
    this.#ofProcess.set(by.process, session);
    this.#ofAccount.set(key, session);
    return present?.process !== by.process;
  }

  // Two accounts on one exit at one venue, each with something sent after the other came.
  #comeFrom(atMs: number, by: Omit<Session, "fromMs" | "lastMs">): void {
    const key = `${by.exitIp} ${by.venue}`;
    const there = this.#onExit.get(key) ?? [];
    const own = there.find(({ account, process }) => account === by.account && process === by.process);
    if (own !== undefined && !by.isDrifted) {
      const other = there.find(
        (each) =>
          each.account !== by.account &&
          each.fromMs > own.fromMs &&
          !each.isDrifted &&
          (each.groupName === undefined || each.groupName !== by.groupName),
      );
      if (other !== undefined)
        this.fault(
          atMs,
          `${by.account} and ${other.account} are both on ${by.exitIp} at ${by.venue}: the other one came at ${seconds(other.fromMs)}`,
        );
    }
    if (own !== undefined) own.lastMs = atMs;
    else
      this.#onExit.set(key, [
        ...there.filter(({ account }) => account !== by.account),
        { ...by, fromMs: atMs, lastMs: atMs },
      ]);
  }
}

/** A moment of a world, for people. */
export function seconds(atMs: number): string {
  return `${(atMs / 1_000).toFixed(3)} s`;
}
