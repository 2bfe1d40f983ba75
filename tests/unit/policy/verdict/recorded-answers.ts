import type { AnswerClass } from "../../../../lib/domain/verdict/answer-class.ts";
import type { VenueAnswer } from "../../../../lib/domain/verdict/venue-answer.ts";
import answers from "./recorded-answers.json" with { type: "json" };

/** An answer in the form in which venues give it, and what it means. */
export interface Recorded extends Partial<Pick<VenueAnswer, "headers" | "body" | "isSigned">> {
  readonly host: string;
  readonly status: number;
  readonly class: AnswerClass;
  readonly rule: string;
  /** Seconds ahead of when the answer came. */
  readonly ahead?: number;
  readonly ip?: string;
}

/** When every answer of the table came: Thu, 28 May 2026 20:26:40 GMT. */
export const cameAt = 1_780_000_000_000;

export const recorded = answers as readonly Recorded[];
