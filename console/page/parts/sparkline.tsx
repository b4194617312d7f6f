const WIDTH = 2;
const HEIGHT = 28;

/** How an hour went: a bar for every minute, the last one now. Who cannot see it is told its highest. */
export function Sparkline({ perMinute }: { perMinute: readonly number[] }) {
  const most = Math.max(1, ...perMinute);
  const bars = perMinute.flatMap((value, minute) => {
    const height = Math.max(2, Math.round((HEIGHT * value) / most));
    return value === 0 ? [] : `M${minute * WIDTH} ${HEIGHT}v-${height}h${WIDTH - 0.5}v${height}z`;
  });
  return (
    <>
      <svg
        class="sparkline"
        viewBox={`0 0 ${perMinute.length * WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path class="ground" d={`M0 ${HEIGHT}h${perMinute.length * WIDTH}`} />
        <path d={bars.join('')} />
      </svg>
      {bars.length > 0 && <span class="unseen">, at most {most} in a minute</span>}
    </>
  );
}
