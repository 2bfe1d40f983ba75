import { pause } from "../terminal/pause.ts";
import type { Style } from "../view/style.ts";
import { type Extent, type Key, keyHelp, pressed, type TopWish } from "./keys.ts";
import { renderTop } from "./render.ts";
import { openScreen, type Screen } from "./screen.ts";
import { firstState, type TopState, withDesk } from "./state.ts";
import type { TopDesk } from "./top-desk.ts";

/** What a live screen is run with. */
export interface TopParts {
  readonly desk: TopDesk;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly style: Style;
  /** Aborts when this process is to end. */
  readonly ended: AbortSignal;
  /** Whether a question may be asked. */
  readonly isAsking: boolean;
}

const readEveryMs = 2_000;
/** Reading may take this part of the time at most, however much there is to read. */
const restPerRead = 20;
const longestRestMs = 20_000;

/** Shows the desk until somebody leaves, or the process is to end; what runs is left as it is. */
export async function runTop(parts: TopParts): Promise<void> {
  await new LiveScreen(parts).over;
}

class LiveScreen {
  readonly over: Promise<void>;
  readonly #parts: TopParts;
  readonly #screen: Screen;
  readonly #left = new AbortController();
  /** Ends the present rest between two reads. */
  #rest = new AbortController();
  /** Ends the reading of what is open. */
  #open = new AbortController();
  #state: TopState = { ...firstState, message: "Reading …" };
  #extent: Extent = { tableRows: 1, paneRows: 1, paneLines: 0 };

  constructor(parts: TopParts) {
    this.#parts = parts;
    this.#screen = openScreen(parts, { onKey: (key) => this.#press(key), onResize: () => this.#draw() });
    const leave = () => this.#left.abort();
    parts.ended.addEventListener("abort", leave, { once: true });
    if (parts.ended.aborted) leave();
    this.over = this.#keepFresh().finally(() => {
      this.#open.abort();
      this.#screen.leave();
    });
  }

  #draw(): void {
    const { columns, rows } = this.#screen;
    const { lines, extent } = renderTop(this.#state, { columns, rows, style: this.#parts.style });
    this.#extent = extent;
    this.#screen.draw(lines);
  }

  #set(state: TopState): void {
    this.#state = state;
    this.#draw();
  }

  async #keepFresh(): Promise<void> {
    const { desk } = this.#parts;
    const left = this.#left.signal;
    const gone = new Promise<void>((resolve) =>
      left.addEventListener("abort", () => resolve(), { once: true }),
    );
    this.#draw();
    while (!left.aborted) {
      const startedAtMs = performance.now();
      // Whoever leaves does not wait for a database that does not answer.
      await Promise.race([this.#read(desk), gone]);
      const tookMs = performance.now() - startedAtMs;
      const restMs = Math.min(Math.max(readEveryMs, tookMs * restPerRead), longestRestMs);
      this.#rest = new AbortController();
      await pause(restMs, AbortSignal.any([left, this.#rest.signal]));
    }
  }

  async #read(desk: TopDesk): Promise<void> {
    try {
      const message = this.#state.message === "Reading …" ? "" : this.#state.message;
      const fresh = await desk.read();
      this.#set(withDesk({ ...this.#state, message }, fresh));
    } catch (error) {
      this.#set({ ...this.#state, trouble: wordsOf(error) });
    }
  }

  #press(key: Key): void {
    const { state, wish } = pressed(this.#state, key, this.#extent);
    this.#set(state);
    if (wish !== undefined) this.#grant(wish);
  }

  #grant(wish: TopWish): void {
    switch (wish.kind) {
      case "leave":
        this.#left.abort();
        break;
      case "suspend":
        this.#screen.suspend();
        break;
      case "repaint":
        this.#screen.forget();
        this.#draw();
        break;
      case "refresh":
        this.#open.abort();
        this.#rest.abort();
        break;
      case "do":
        void this.#do(wish);
        break;
      case "open":
        void this.#show(wish);
        break;
      default:
        wish satisfies never;
    }
  }

  async #do({ verb, row }: Extract<TopWish, { kind: "do" }>): Promise<void> {
    if (!this.#parts.isAsking && verb !== "start") {
      const why = "Nothing is asked with --no-input or under CI";
      this.#set({ ...this.#state, message: `${why}: run \`launch ${verb} ${row.unit}\`.` });
      return;
    }
    this.#set({ ...this.#state, message: `${row.unit} is asked to ${verb} …` });
    const message = await this.#parts.desk.act(verb, row).catch(wordsOf);
    this.#set({ ...this.#state, message: `${row.unit}: ${message}` });
    this.#rest.abort();
  }

  async #show({ pane, row }: Extract<TopWish, { kind: "open" }>): Promise<void> {
    this.#open.abort();
    const open = new AbortController();
    this.#open = open;
    const title = row === undefined ? "keys" : `${row.unit} ${pane}`;
    const show = (text: string) => {
      if (open.signal.aborted) return;
      const from = this.#state.pane?.from ?? (pane === "logs" ? "end" : 0);
      this.#set({ ...this.#state, pane: { kind: pane, title, text, from } });
    };
    if (row === undefined || pane === "keys") {
      show(keyHelp.join("\n"));
      return;
    }
    show("Reading …");
    const look = { ...this.#parts.style, width: this.#screen.columns };
    try {
      if (pane === "logs") await this.#parts.desk.logs(row, look, { show, closed: open.signal });
      else show(await this.#parts.desk[pane](row, look));
    } catch (error) {
      show(wordsOf(error));
    }
  }
}

function wordsOf(error: unknown): string {
  const { message, hint } = error as { readonly message: string; readonly hint?: string };
  return [message, hint].filter((part) => part !== undefined).join(" ");
}
