// Words that the terminal and the pages share.

/** What was wanted, and whether it was reached. */
export function targetsText(targets = []) {
  return targets.map(targetText).join("; ");
}

function targetText({ sign, bound, isRatio, to, value, isMet }) {
  const wanted = `${sign} ${bound}${isRatio ? "×" : ""}${to === undefined ? "" : ` of ${to}`}`;
  const got = to === undefined || !Number.isFinite(value) ? "" : ` (${value.toFixed(2)}×)`;
  return typeof isMet === "boolean" ? `${wanted}${got}: ${isMet ? "met" : "missed"}` : wanted;
}

/** A figure with as many digits as say something. */
export function number(value) {
  if (Number.isInteger(value)) return value.toLocaleString("en").replaceAll(",", " ");
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
