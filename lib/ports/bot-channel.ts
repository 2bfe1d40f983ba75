import type { RunId } from "../domain/ids.ts";

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
      readonly tunnel: boolean;
      readonly selfCheck: string;
    }
  | { readonly type: "heartbeat"; readonly pid: number; readonly lagMs: number }
  | {
      readonly type: "exit-check";
      readonly id: number;
      readonly witness: string;
      readonly answer: WitnessRawAnswer;
    }
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
  close(): Promise<void>;
}
