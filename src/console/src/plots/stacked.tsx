/** Counts on top of one another; `shares`: each place to its whole. */
import { stack, stackOffsetExpand, stackOffsetNone } from "d3-shape";
import { Frame } from "./frame";
import type { PlotData } from "./series";

export function Stacked({ data, shares = false }: { data: PlotData; shares?: boolean }) {
  const places = data.places.map((_, at) => at);
  const total = (at: number) => data.series.reduce((sum, each) => sum + (each.values[at] ?? 0), 0);
  const layers = stack<number, string>()
    .keys(data.series.map((each) => each.name))
    .value((at, name) => data.series.find((each) => each.name === name)?.values[at] ?? 0)
    .offset(shares ? stackOffsetExpand : stackOffsetNone)(places);
  const shown: PlotData = shares ? { ...data, unit: "share" } : data;
  const top = shares ? 1 : Math.max(0, ...places.map(total));
  return (
    <Frame data={shown} top={top}>
      {({ x, y }) => (
        <>
          <defs>
            <pattern
              id="hatch"
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="6" height="6" class="hatch-ground" />
              <rect width="3" height="6" class="hatch-line" />
            </pattern>
          </defs>
          {layers.map((layer, index) => (
            <g key={layer.key} class={`series ${data.series[index]?.look}`}>
              {layer.map((span, at) => {
                const key = data.places[at]?.key ?? "";
                if (total(at) === 0) return null;
                return (
                  <rect
                    key={key}
                    class="mark"
                    data-place={key}
                    x={x(key)}
                    y={y(span[1])}
                    width={x.bandwidth()}
                    height={y(span[0]) - y(span[1])}
                  />
                );
              })}
            </g>
          ))}
        </>
      )}
    </Frame>
  );
}
