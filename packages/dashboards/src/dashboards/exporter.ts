import type { DashboardSpec } from '../model/dashboard.ts'
import { floors, stat, thresholds, timeseries } from '../model/panel.ts'
import { t } from '../model/text.ts'
import { process, q, sumRate } from '../promql/fragments.ts'
import { processVariables } from './common.ts'

const each = '{{instance}}'

/** Whether what the other dashboards show can be believed. */
export const exporter: DashboardSpec = {
  uid: 'batchflow-exporter',
  title: t('BatchFlow metrics exporter', 'BatchFlow 指标导出自监控'),
  description: t(
    'Scrapes, series and labels: whether the other dashboards can be believed.',
    '抓取、序列与标签：判断其他面板是否可信。',
  ),
  tags: ['batchflow', 'exporter'],
  profile: 'modern',
  variables: processVariables('batchflow_metrics_series'),
  rows: [
    {
      panels: [
        stat({
          title: t('Pages answered', '抓取是否成功'),
          description: t('1: the last scrape was answered.', '1：最近一次抓取成功。'),
          unit: 'none',
          width: 6,
          thresholds: floors([1, 'green']),
          queries: [q(`min by (job) (up{${process}})`, '{{job}}')],
        }),
        stat({
          title: t('Versions', '版本'),
          description: t('Processes by version and revision.', '各版本与修订的进程数。'),
          unit: 'none',
          width: 6,
          queries: [
            q(`count by (version, revision) (batchflow_build_info{${process}})`, '{{version}} {{revision}}'),
          ],
        }),
        stat({
          title: t('Series', '序列数'),
          description: t(
            'Of the largest page. A flow with five tables has at most 1,200.',
            '最大页面的序列数。一个写入流五张表不超过 1200。',
          ),
          unit: 'short',
          width: 6,
          thresholds: thresholds([5000, 'yellow'], [20000, 'red']),
          queries: [q(`max(batchflow_metrics_series{${process}})`, t('series', '序列'))],
        }),
        stat({
          title: t('Collectors that failed', '采集失败'),
          description: t(
            'Readings that could not be taken. Their series are missing from the page.',
            '无法读取的采集项，其序列会缺失。',
          ),
          unit: 'cps',
          width: 6,
          thresholds: thresholds([0.001, 'red']),
          queries: [q(sumRate('batchflow_metrics_collect_errors_total', process), t('errors', '错误'))],
        }),
        timeseries({
          title: t('Series exported', '导出序列'),
          description: t('By process.', '按进程。'),
          unit: 'short',
          queries: [q(`max by (instance) (batchflow_metrics_series{${process}})`, each)],
        }),
        timeseries({
          title: t('Samples scraped', '抓取样本数'),
          description: t('What Prometheus counted, by job.', 'Prometheus 统计的样本数，按任务。'),
          unit: 'short',
          queries: [q(`sum by (job) (scrape_samples_scraped{${process}})`, '{{job}}')],
        }),
        timeseries({
          title: t('Scrape time', '抓取耗时'),
          description: t(
            'Longer than a second: a large page or a blocked event loop.',
            '超过一秒：页面过大或事件循环被阻塞。',
          ),
          unit: 's',
          queries: [
            q(`max by (job, instance) (scrape_duration_seconds{${process}})`, '{{job}} {{instance}}'),
          ],
        }),
        timeseries({
          title: t('Labels folded away', '被折叠的标签'),
          description: t(
            'Observations per second whose label was one too many: they count under __other__. Empty is right.',
            '因标签值过多而计入 __other__ 的观测数。为空是正常的。',
          ),
          unit: 'cps',
          width: 12,
          queries: [
            q(
              `${sumRate('batchflow_metrics_dropped_labels_total', process, ['family'])} > 0`,
              '{{family}}',
              'data-after-faults',
            ),
          ],
        }),
        timeseries({
          title: t('New series', '新增序列'),
          description: t(
            'Series that the scrape had not seen before. A steady stream is churn.',
            '首次出现的序列数。持续出现说明序列在不断更替。',
          ),
          unit: 'short',
          width: 12,
          queries: [q(`sum by (job) (scrape_series_added{${process}})`, '{{job}}')],
        }),
      ],
    },
  ],
}
