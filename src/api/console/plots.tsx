// Small plots, drawn on the server. Their title and the numbers around them have the same information as text.

interface Plot {
  /** What it shows, in a sentence. */
  readonly title: string
  readonly values: ReadonlyArray<number>
}

const width = 240
const height = 48

/** Of a plot without anything in it too. */
const topOf = (values: ReadonlyArray<number>): number => Math.max(1, ...values)

/** One digit behind the point is finer than a screen. */
const round = (value: number): number => Math.round(value * 10) / 10

/** One bar for each value. */
export const Bars = ({ title, values }: Plot) => {
  const top = topOf(values)
  const step = width / values.length
  return (
    <svg class="plot" role="img" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
      <title>{title}</title>
      {values.map((value, i) => {
        const size = value === 0 ? 1 : Math.max(2, (value / top) * height)
        return (
          <rect
            x={round(i * step + 0.5)}
            y={round(height - size)}
            width={round(step - 1)}
            height={round(size)}
          />
        )
      })}
    </svg>
  )
}

/** A line through the values; none where there are fewer than two. */
export const Line = ({ title, values }: Plot) => {
  if (values.length < 2) return null
  // With room above the highest value.
  const top = 1.2 * topOf(values)
  const x = (i: number) => round((i * width) / (values.length - 1))
  const y = (value: number) => round(height - 1 - (value / top) * (height - 2))
  const points = values.map((value, i) => `${x(i)},${y(value)}`).join(" ")
  return (
    <svg class="plot" role="img" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
      <title>{title}</title>
      <polyline points={points} vector-effect="non-scaling-stroke" />
    </svg>
  )
}

/** How large a part of the whole it is. */
export const Share = ({ value, of }: { readonly value: number; readonly of: number }) => (
  <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
    <rect width={of === 0 ? 0 : round((100 * value) / of)} height="4" />
  </svg>
)
