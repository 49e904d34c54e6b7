/** The image on the screen: one WebGL layer of float tiles, which looks as its variables say. */
import { effect, type ReadonlySignal } from "@preact/signals";
import { buffer, type Extent } from "ol/extent";
import WebGLTileLayer, { type Style } from "ol/layer/WebGLTile";
import OlMap from "ol/Map";
import Projection from "ol/proj/Projection";
import DataTile from "ol/source/DataTile";
import type { TileCoord } from "ol/tilecoord";
import TileGrid from "ol/tilegrid/TileGrid";
import View from "ol/View";
import { useEffect, useRef } from "preact/hooks";
import type { Point } from "./affine";
import type { Tiles } from "./image";
import type { Look } from "./look";
import type { Place, Unit } from "./place";
import { edgesOf, type Features, featuresOf, styleOf, variablesOf } from "./style";

interface Props {
  tiles: Tiles;
  unit: Unit;
  /** Where the upper left corner of the image lies on the map. */
  origin?: Point;
  place: ReadonlySignal<Place>;
  look: ReadonlySignal<Look>;
  /** Called whenever everything that is in view has been drawn. */
  onDrawn?: () => void;
}

export function Picture({ tiles, unit, origin = [0, 0], place, look, onDrawn }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef(onDrawn);
  drawn.current = onDrawn;
  const [originX, originY] = origin;
  useEffect(() => {
    if (!element.current) return;
    const layer = layerOf(tiles, look.peek());
    const finest = Math.min(unit.x, unit.y);
    const view = new View({
      projection: PLANE,
      center: [0, 0],
      resolution: 1,
      minResolution: 1 / 64,
      maxResolution: 128,
      enableRotation: false,
      multiWorld: true,
      smoothResolutionConstraint: false,
    });
    const map = new OlMap({ target: element.current, layers: [layer], view, controls: [], interactions: [] });
    map.on("rendercomplete", () => drawn.current?.());
    const stopPlace = effect(() => {
      const { centre, resolution } = place.value;
      view.setCenter([(centre[0] - originX) / unit.x, (centre[1] - originY) / unit.y]);
      view.setResolution(resolution / finest);
    });
    let built = featuresOf(look.peek());
    const stopLook = effect(() => {
      const features = featuresOf(look.value);
      if (isSame(built, features)) layer.updateStyleVariables(variablesOf(look.value));
      else layer.setStyle(styleFor(tiles, look.value));
      built = features;
    });
    return () => {
      stopPlace();
      stopLook();
      map.setTarget(undefined);
      layer.dispose();
      map.dispose();
    };
  }, [tiles, unit, originX, originY, place, look]);
  return <div class="picture" ref={element} style={stretched(unit)} />;
}

/** The map is drawn in pixels of the image; where they are not square it is stretched, so that no scan looks it. */
function stretched({ x, y }: Unit): Record<string, string> {
  const finest = Math.min(x, y);
  const [along, across] = [x / finest, y / finest];
  return {
    width: `${100 / along}%`,
    height: `${100 / across}%`,
    transform: `scale(${along}, ${across})`,
  };
}

const PLANE = new Projection({ code: "tallyscan:plane", units: "pixels" });

function layerOf(tiles: Tiles, look: Look): WebGLTileLayer {
  const { width, height, tile, gutter, levels } = tiles.image;
  const coarsest = levels.length - 1;
  const source = new DataTile({
    loader: (z, column, row) => tiles.load(coarsest - z, column, row),
    projection: PLANE,
    tileGrid: new OverlappingGrid({
      extent: [0, -height, width, 0],
      origin: [0, 0],
      tileSize: tile,
      resolutions: levels.map(({ scale }) => scale).reverse(),
    }),
    tileSize: [tile, tile],
    gutter,
    bandCount: tiles.bands,
    interpolate: true,
    transition: 0,
    wrapX: false,
  });
  const style = styleFor(tiles, look);
  return new WebGLTileLayer({ source, style, cacheSize: 96, extent: [0, -height, width, 0] });
}

function styleFor({ shown, image }: Tiles, look: Look): Style {
  const bands = shown === "expected" ? (["high"] as const) : image.bands;
  return styleOf(bands, image.grade, edgesOf(image), look);
}

const isSame = (a: Features, b: Features): boolean =>
  a.edges === b.edges && a.local === b.local && a.material === b.material && a.opaque === b.opaque;

/** Tiles reach half a pixel into their gutter: rounding in the renderer would leave hairlines between them. */
class OverlappingGrid extends TileGrid {
  override getTileCoordExtent(tile: TileCoord, into?: Extent): Extent {
    const half = this.getResolution(tile[0] as number) / 2;
    return buffer(super.getTileCoordExtent(tile, into), half, into);
  }
}
