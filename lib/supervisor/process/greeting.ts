import type { BotChannelEvent } from "../../ports/bot-channel.ts";

/** The preload's hello must come within this time (docs/architecture.md, Node programs). */
export const helloWithinMs = 5_000;

export type Hello = Extract<BotChannelEvent, { readonly type: "hello" }>;

/** Whether a process is held to its relay by its preload. */
export type Greeting =
  | { readonly type: "greeted" }
  | { readonly type: "not-greeted"; readonly reason: string };

/** Judges a hello, or that none came in time. */
export function judgeHello(hello: Hello | undefined): Greeting {
  if (hello === undefined) {
    const reason = `The preload did not report within ${helloWithinMs / 1000} s: the command does not run the Node program itself.`;
    return { type: "not-greeted", reason };
  }
  if (hello.tunnel && hello.selfCheck === "ok") return { type: "greeted" };
  const found = hello.tunnel ? hello.selfCheck : "the tunnel is not loaded";
  return {
    type: "not-greeted",
    reason: `The preload's self-check failed in ${hello.program} ${hello.version}: ${found}.`,
  };
}
