import type { Delivery } from "../../../ports/alerts/alert-channel.ts";

/** The text for a place that knows no idempotency key: a person is told where the message may come twice. */
export function shownText({ content, mayHaveArrived }: Delivery, mostCharacters: number): string {
  const again = mayHaveArrived ? "\n(It may have reached you before.)" : "";
  const room = mostCharacters - again.length;
  const text = content.text.length <= room ? content.text : `${content.text.slice(0, room - 1)}…`;
  return `${text}${again}`;
}
