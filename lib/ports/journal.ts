/** What Slipway says while it works, on stderr; structured, so that people and machines get their own words. */
export interface Journal {
  say(notice: Notice): void;
}

export interface Notice {
  readonly level: "info" | "warning" | "error";
  /** The account or collector it is about. */
  readonly unit: string | undefined;
  readonly text: string;
}
