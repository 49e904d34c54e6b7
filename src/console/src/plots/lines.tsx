/** Lines over places in order, each with the band of its interval. Where nothing was counted the line has a gap. */
import { area, line } from "d3-shape";
import { Frame, type Scales } from "./frame";
import type { PlotData, Series } from "./series";

export function Lines({ data, top }: { data: PlotData; top?: number }) {
  return (
    <Frame data={data} {...(top === undefined ? {} : { top })}>
      {(scales) =>
        data.series.map((each) => <OneLine key={each.name} data={data} series={each} scales={scales} />)
      }
    </Frame>
  );
}

function OneLine({ data, series, scales }: { data: PlotData; series: Series; scales: Scales }) {
  const { x, y } = scales;
  const at = data.places.map((_, place) => place);
  const across = (place: number) => (x(data.places[place]?.key ?? "") ?? 0) + x.bandwidth() / 2;
  const known = (place: number) => series.values[place] != null;
  const curve = line<number>(across, (place) => y(series.values[place] ?? 0)).defined(known);
  const band = area<number>(
    across,
    (place) => y(series.low?.[place] ?? 0),
    (place) => y(series.high?.[place] ?? 0),
  ).defined((place) => series.low?.[place] != null);
  return (
    <g class={`series ${series.look}`}>
      {series.low && <path class="band" d={band(at) ?? ""} />}
      <path class="line" d={curve(at) ?? ""} />
      {at.filter(known).map((place) => (
        <circle
          key={place}
          class="mark"
          data-place={data.places[place]?.key}
          cx={across(place)}
          cy={y(series.values[place] ?? 0)}
          r="3"
        />
      ))}
    </g>
  );
}
