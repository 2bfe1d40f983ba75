import type { RunId } from "../domain/ids.ts";
import type { BotReport } from "../domain/run/bot-report.ts";
import type { VenueAnswer } from "../domain/verdict/venue-answer.ts";

/** Listens on bot.sock for one run (docs/architecture.md, Sockets). */
export interface BotChannelFactory {
  listen(options: BotChannelOptions): Promise<BotChannel>;
}

export interface BotChannelOptions {
  readonly runId: RunId;
  readonly path: string;
  readonly launcherVersion: string;
  readonly onEvent: (event: BotChannelEvent) => void;
}

export type BotChannelEvent =
  | {
      readonly type: "hello";
      readonly pid: number;
      readonly program: string;
      readonly version: string;
      /** Whether it shows heartbeats and reads witnesses from now on. */
      readonly observes: boolean;
      readonly tunnel: boolean;
      readonly selfCheck: string;
    }
  /** A process that said such a hello has let go of the socket, while it may live on. */
  | { readonly type: "gone"; readonly pid: number }
  | {
      readonly type: "heartbeat";
      readonly pid: number;
      readonly lagMs: number;
      /** How long ago the running asyncio loop turned last; undefined where none runs. */
      readonly loopLagMs: number | undefined;
    }
  | {
      readonly type: "exit-check";
      readonly id: number;
      readonly witness: string;
      readonly answer: WitnessRawAnswer;
    }
  /** What servers answered to the bot, as far as our code in it can see; counted together, at most once a second. */
  | { readonly type: "answers"; readonly pid: number; readonly answers: readonly VenueAnswer[] }
  | ({ readonly type: "report"; readonly pid: number } & BotReport)
  /** A program of the bot wants to be told before its exit is left. */
  | { readonly type: "subscribed"; readonly pid: number }
  /** Everybody who was told of this leaving is done, or has gone. */
  | { readonly type: "left"; readonly id: number }
  /** The bot's side said something it may not, or spoke another protocol. */
  | { readonly type: "refused"; readonly why: string };

/** What a witness answered to the bot's own stack. */
export type WitnessRawAnswer =
  | { readonly status: number; readonly body: string }
  | { readonly error: string };

export interface BotChannel {
  readonly path: string;
  /** Asks the bot's main process to read a witness; false when no bot is connected. */
  requestExitCheck(id: number, witness: string, timeoutMs: number): boolean;
  /** Tells the bot that its exit was replaced; false when no bot is connected. */
  announceSwitch(id: number): boolean;
  /** Tells those that subscribed that the exit is about to be left; false when nobody did. A `left` with this id follows when all are done. */
  announceLeaving(id: number, withinMs: number, why: string): boolean;
  close(): Promise<void>;
}
