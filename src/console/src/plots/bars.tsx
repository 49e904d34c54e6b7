/** Bars beside each other, each with a whisker over its interval. */
import { scaleBand } from "d3-scale";
import { Frame } from "./frame";
import type { PlotData } from "./series";

export function Bars({ data, top }: { data: PlotData; top?: number }) {
  return (
    <Frame data={data} {...(top === undefined ? {} : { top })}>
      {({ x, y }) => {
        const inner = scaleBand(
          data.series.map((each) => each.name),
          [0, x.bandwidth()],
        ).padding(data.series.length > 1 ? 0.1 : 0);
        return data.series.map((each) => (
          <g key={each.name} class={`series ${each.look}`}>
            {data.places.map((place, at) => {
              const value = each.values[at];
              if (value == null) return null;
              const left = (x(place.key) ?? 0) + (inner(each.name) ?? 0);
              const middle = left + inner.bandwidth() / 2;
              const low = each.low?.[at];
              const high = each.high?.[at];
              return (
                <g key={place.key}>
                  <rect
                    class="mark"
                    data-place={place.key}
                    x={left}
                    y={y(value)}
                    width={inner.bandwidth()}
                    height={y(0) - y(value)}
                  />
                  {low != null && high != null && (
                    <path
                      class="whisker"
                      d={`M${middle},${y(low)}V${y(high)}m-4,0h8M${middle - 4},${y(low)}h8`}
                    />
                  )}
                </g>
              );
            })}
          </g>
        ));
      }}
    </Frame>
  );
}
