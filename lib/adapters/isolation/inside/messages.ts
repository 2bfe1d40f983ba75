/** What the inside process is told when it starts. */
export interface InsidePlan {
  /** Taken on every address. */
  readonly ports: readonly number[];
  /** Taken on one address each. */
  readonly local: readonly { readonly address: string; readonly port: number }[];
  readonly test: SelfTest;
}

/** What is tried from inside, once the launcher answers. */
export interface SelfTest {
  /** A port that nobody takes: to an address of the documentation it must be refused at once. */
  readonly unlistedPort: number;
  /** A name that must resolve, and lead to the launcher on this port. */
  readonly name: string;
  readonly port: number;
}

/** From the inside process; the first four, and `dialed`, come with a socket. Once it has tested, connections from inside can be asked for. */
export type InsideMessage =
  | { readonly type: "forwarded" }
  | { readonly type: "local"; readonly index: number }
  | { readonly type: "names" }
  | { readonly type: "names-stream" }
  | { readonly type: "tested"; readonly failures: readonly string[] }
  | { readonly type: "failed"; readonly why: string }
  | DialNews;

/** To the inside process; `test`: the network is ready. */
export type LauncherMessage = { readonly type: "test" } | { readonly type: "done" } | DialRequest;

/** Asks for a connection from inside to an address. */
export interface DialRequest {
  readonly type: "dial";
  readonly id: number;
  readonly address: string;
  readonly port: number;
}

/** How a request ended: with the connected socket, or with the system's code. */
export type DialNews =
  | { readonly type: "dialed"; readonly id: number }
  | { readonly type: "not-dialed"; readonly id: number; readonly code: string };

/** The name that the self-test asks for: nobody's. */
export const selfTestName = "self-test.launch.invalid";

/** What the launcher says to the connection that the self-test makes. */
export const selfTestGreeting = "launch\n";

/** To the resident inside process, with the connection that came from outside. */
export interface ResidentMessage {
  readonly type: "connect";
  readonly port: number;
}

/** From the resident inside process. */
export interface ResidentNews {
  /** `refused`: the bot did not listen on the port of a connection. */
  readonly type: "resident" | "refused";
}
