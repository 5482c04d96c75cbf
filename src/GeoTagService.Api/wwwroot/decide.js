// The decision rule of the service, for the slider: every tag above the threshold; when there is none, the most
// probable one (the lower head row wins a tie). Tags are given in head-row order.
export function decide(tags, probabilities, threshold) {
  const scored = tags.map((tag) => ({ tag, p: probabilities[tag.id] }));
  const passing = scored.filter(({ p }) => p > threshold).sort((a, b) => b.p - a.p);
  if (passing.length > 0) return { chosen: passing, fallback: false };
  return { chosen: [scored.reduce((best, next) => (next.p > best.p ? next : best))], fallback: true };
}

export const percent = (p) => (p >= 0.0995 ? `${Math.round(p * 100)} %` : p >= 0.001 ? `${(p * 100).toFixed(1)} %` : "< 0.1 %");
