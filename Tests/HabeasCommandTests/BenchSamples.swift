@testable import habeas

/// Figures of a small run, and what is made of them.
enum BenchSamples {
    static let report: BenchReport = {
        var report = BenchReport(
            setup: .init(
                suite: "full", requests: 20_000, endpoints: 8, partitions: 4, rounds: 3, commitIntervalMs: 50,
                turnRecords: 5_000, cores: 2))
        report.add(
            .init(
                guarantee: "exactly-once", endpoints: 8, partitions: 4, coordinators: 1, requests: 20_000,
                completed: 20_000, commits: 36, requestsPerS: 4_812.4, cpuUsPerRequest: 121.66,
                rawRequestsPerS: 6_015.5, rawCpuUsPerRequest: 52.11, rawHeadersRequestsPerS: 5_310,
                rawHeadersCpuUsPerRequest: 71.4, rawRecordsRequestsPerS: 4_998.6, rawRecordsCpuUsPerRequest: 98.04,
                endToEndRequestsPerS: 2_412.4, readyMs: [144, 654]))
        report.latency = [
            .init(
                guarantee: "exactly-once", load: 0.1, requestsPerS: 481.24, requests: 9_624, unfinished: 0,
                tasks: .init(p50Us: 61_000, p99Us: 118_000, p999Us: 131_000),
                completion: .init(p50Us: 124_000, p99Us: 233_000, p999Us: 251_000),
                worker: .init(p50Us: 90, p99Us: 400, p999Us: 900),
                sending: .init(p50Us: 60, p99Us: 200, p999Us: 1_100))
        ]
        report.idle = [
            .init(
                sagas: 1_000_000, endpoints: 8, readyMs: 6_900, restoreMs: 6_200, readMs: 4_100, coordinators: 2,
                bytesPerSaga: 655, cpuUsPerRequest: nil)
        ]
        return report
    }()

    static let json = #"""
        {
          "codec" : [

          ],
          "cpu_us_per_request" : 121.7,
          "idle" : [
            {
              "bytes_per_saga" : 655,
              "coordinators" : 2,
              "endpoints" : 8,
              "read_ms" : 4100,
              "ready_ms" : 6900,
              "restore_ms" : 6200,
              "sagas" : 1000000
            }
          ],
          "latency" : [
            {
              "completion" : {
                "p50_us" : 124000,
                "p999_us" : 251000,
                "p99_us" : 233000
              },
              "guarantee" : "exactly-once",
              "load" : 0.1,
              "requests" : 9624,
              "requests_per_s" : 481,
              "sending" : {
                "p50_us" : 60,
                "p999_us" : 1100,
                "p99_us" : 200
              },
              "tasks" : {
                "p50_us" : 61000,
                "p999_us" : 131000,
                "p99_us" : 118000
              },
              "unfinished" : 0,
              "worker" : {
                "p50_us" : 90,
                "p999_us" : 900,
                "p99_us" : 400
              }
            }
          ],
          "mode" : "exactly-once",
          "requests_per_s" : 4812,
          "setup" : {
            "commit_interval_ms" : 50,
            "cores" : 2,
            "endpoints" : 8,
            "partitions" : 4,
            "requests" : 20000,
            "rounds" : 3,
            "suite" : "full",
            "turn_records" : 5000
          },
          "throughput" : [
            {
              "commits" : 36,
              "completed" : 20000,
              "coordinators" : 1,
              "cpu_us_per_request" : 121.7,
              "end_to_end_requests_per_s" : 2412,
              "endpoints" : 8,
              "guarantee" : "exactly-once",
              "partitions" : 4,
              "raw_cpu_us_per_request" : 52.1,
              "raw_headers_cpu_us_per_request" : 71.4,
              "raw_headers_requests_per_s" : 5310,
              "raw_records_cpu_us_per_request" : 98,
              "raw_records_requests_per_s" : 4999,
              "raw_requests_per_s" : 6016,
              "ready_ms" : [
                144,
                654
              ],
              "requests" : 20000,
              "requests_per_s" : 4812
            }
          ]
        }

        """#

    static let chart = #"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 780"
         width="860" height="780" font-family="system-ui, sans-serif" fill="#808080" role="img">
        <title>habeas bench</title>
        <text x="10" y="18" font-size="13" text-anchor="start" font-weight="600">Throughput, 8 endpoints</text>
        <rect x="62" y="28" width="9" height="9" fill="#3b82c4"/>
        <text x="75" y="36" font-size="10" text-anchor="start">coordinator</text>
        <rect x="156" y="28" width="9" height="9" fill="#d9822b"/>
        <text x="169" y="36" font-size="10" text-anchor="start">client alone</text>
        <rect x="256" y="28" width="9" height="9" fill="#4d9e5f"/>
        <text x="269" y="36" font-size="10" text-anchor="start">+ headers</text>
        <rect x="338" y="28" width="9" height="9" fill="#b05fb5"/>
        <text x="351" y="36" font-size="10" text-anchor="start">+ codec</text>
        <line x1="62" y1="214" x2="416" y2="214" stroke="#808080"/>
        <text x="56" y="218" font-size="10" text-anchor="end">0</text>
        <line x1="62" y1="190.3" x2="416" y2="190.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="194.3" font-size="10" text-anchor="end">1000</text>
        <line x1="62" y1="166.6" x2="416" y2="166.6" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="170.6" font-size="10" text-anchor="end">2000</text>
        <line x1="62" y1="142.9" x2="416" y2="142.9" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="146.9" font-size="10" text-anchor="end">3000</text>
        <line x1="62" y1="119.1" x2="416" y2="119.1" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="123.1" font-size="10" text-anchor="end">4000</text>
        <line x1="62" y1="95.4" x2="416" y2="95.4" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="99.4" font-size="10" text-anchor="end">5000</text>
        <line x1="62" y1="71.7" x2="416" y2="71.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="75.7" font-size="10" text-anchor="end">6000</text>
        <line x1="62" y1="48" x2="416" y2="48" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="52" font-size="10" text-anchor="end">7000</text>
        <text x="14" y="131" font-size="11" text-anchor="middle" transform="rotate(-90 14 131)">requests/s</text>
        <text x="239" y="252" font-size="11" text-anchor="middle">guarantee</text>
        <text x="239" y="229" font-size="10" text-anchor="middle">exactly-once</text>
        <rect x="115.1" y="99.9" width="60" height="114.1" fill="#3b82c4"/>
        <rect x="177" y="71.3" width="60" height="142.7" fill="#d9822b"/>
        <rect x="239" y="88.1" width="60" height="125.9" fill="#4d9e5f"/>
        <rect x="301" y="95.5" width="60" height="118.5" fill="#b05fb5"/>
        <text x="440" y="18" font-size="13" text-anchor="start" font-weight="600">CPU, 8 endpoints</text>
        <rect x="492" y="28" width="9" height="9" fill="#3b82c4"/>
        <text x="505" y="36" font-size="10" text-anchor="start">coordinator</text>
        <rect x="586" y="28" width="9" height="9" fill="#d9822b"/>
        <text x="599" y="36" font-size="10" text-anchor="start">client alone</text>
        <rect x="686" y="28" width="9" height="9" fill="#4d9e5f"/>
        <text x="699" y="36" font-size="10" text-anchor="start">+ headers</text>
        <rect x="768" y="28" width="9" height="9" fill="#b05fb5"/>
        <text x="781" y="36" font-size="10" text-anchor="start">+ codec</text>
        <line x1="492" y1="214" x2="846" y2="214" stroke="#808080"/>
        <text x="486" y="218" font-size="10" text-anchor="end">0</text>
        <line x1="492" y1="190.3" x2="846" y2="190.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="194.3" font-size="10" text-anchor="end">20</text>
        <line x1="492" y1="166.6" x2="846" y2="166.6" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="170.6" font-size="10" text-anchor="end">40</text>
        <line x1="492" y1="142.9" x2="846" y2="142.9" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="146.9" font-size="10" text-anchor="end">60</text>
        <line x1="492" y1="119.1" x2="846" y2="119.1" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="123.1" font-size="10" text-anchor="end">80</text>
        <line x1="492" y1="95.4" x2="846" y2="95.4" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="99.4" font-size="10" text-anchor="end">100</text>
        <line x1="492" y1="71.7" x2="846" y2="71.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="75.7" font-size="10" text-anchor="end">120</text>
        <line x1="492" y1="48" x2="846" y2="48" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="52" font-size="10" text-anchor="end">140</text>
        <text x="444" y="131" font-size="11" text-anchor="middle" transform="rotate(-90 444 131)">µs a request</text>
        <text x="669" y="252" font-size="11" text-anchor="middle">guarantee</text>
        <text x="669" y="229" font-size="10" text-anchor="middle">exactly-once</text>
        <rect x="545.1" y="69.7" width="60" height="144.3" fill="#3b82c4"/>
        <rect x="607.1" y="152.2" width="60" height="61.8" fill="#d9822b"/>
        <rect x="669" y="129.3" width="60" height="84.7" fill="#4d9e5f"/>
        <rect x="731" y="97.8" width="60" height="116.2" fill="#b05fb5"/>
        <text x="10" y="278" font-size="13" text-anchor="start" font-weight="600">From request to tasks</text>
        <rect x="62" y="288" width="9" height="9" fill="#3b82c4"/>
        <text x="75" y="296" font-size="10" text-anchor="start">p50</text>
        <rect x="108" y="288" width="9" height="9" fill="#d9822b"/>
        <text x="121" y="296" font-size="10" text-anchor="start">p99</text>
        <rect x="154" y="288" width="9" height="9" fill="#4d9e5f"/>
        <text x="167" y="296" font-size="10" text-anchor="start">p99.9</text>
        <line x1="62" y1="474" x2="416" y2="474" stroke="#808080"/>
        <text x="56" y="478" font-size="10" text-anchor="end">0</text>
        <line x1="62" y1="450.3" x2="416" y2="450.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="454.3" font-size="10" text-anchor="end">20</text>
        <line x1="62" y1="426.6" x2="416" y2="426.6" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="430.6" font-size="10" text-anchor="end">40</text>
        <line x1="62" y1="402.9" x2="416" y2="402.9" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="406.9" font-size="10" text-anchor="end">60</text>
        <line x1="62" y1="379.1" x2="416" y2="379.1" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="383.1" font-size="10" text-anchor="end">80</text>
        <line x1="62" y1="355.4" x2="416" y2="355.4" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="359.4" font-size="10" text-anchor="end">100</text>
        <line x1="62" y1="331.7" x2="416" y2="331.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="335.7" font-size="10" text-anchor="end">120</text>
        <line x1="62" y1="308" x2="416" y2="308" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="312" font-size="10" text-anchor="end">140</text>
        <text x="14" y="391" font-size="11" text-anchor="middle" transform="rotate(-90 14 391)">ms</text>
        <text x="239" y="512" font-size="11" text-anchor="middle">at 10 % of what is sustained end to end</text>
        <text x="239" y="489" font-size="10" text-anchor="middle">exactly-once</text>
        <rect x="115.1" y="401.7" width="80.6" height="72.3" fill="#3b82c4"/>
        <rect x="197.7" y="334.1" width="80.6" height="139.9" fill="#d9822b"/>
        <rect x="280.3" y="318.7" width="80.6" height="155.3" fill="#4d9e5f"/>
        <text x="440" y="278" font-size="13" text-anchor="start" font-weight="600">From request to completion</text>
        <rect x="492" y="288" width="9" height="9" fill="#3b82c4"/>
        <text x="505" y="296" font-size="10" text-anchor="start">p50</text>
        <rect x="538" y="288" width="9" height="9" fill="#d9822b"/>
        <text x="551" y="296" font-size="10" text-anchor="start">p99</text>
        <rect x="584" y="288" width="9" height="9" fill="#4d9e5f"/>
        <text x="597" y="296" font-size="10" text-anchor="start">p99.9</text>
        <line x1="492" y1="474" x2="846" y2="474" stroke="#808080"/>
        <text x="486" y="478" font-size="10" text-anchor="end">0</text>
        <line x1="492" y1="446.3" x2="846" y2="446.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="450.3" font-size="10" text-anchor="end">50</text>
        <line x1="492" y1="418.7" x2="846" y2="418.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="422.7" font-size="10" text-anchor="end">100</text>
        <line x1="492" y1="391" x2="846" y2="391" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="395" font-size="10" text-anchor="end">150</text>
        <line x1="492" y1="363.3" x2="846" y2="363.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="367.3" font-size="10" text-anchor="end">200</text>
        <line x1="492" y1="335.7" x2="846" y2="335.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="339.7" font-size="10" text-anchor="end">250</text>
        <line x1="492" y1="308" x2="846" y2="308" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="312" font-size="10" text-anchor="end">300</text>
        <text x="444" y="391" font-size="11" text-anchor="middle" transform="rotate(-90 444 391)">ms</text>
        <text x="669" y="512" font-size="11" text-anchor="middle">at 10 % of what is sustained end to end</text>
        <text x="669" y="489" font-size="10" text-anchor="middle">exactly-once</text>
        <rect x="545.1" y="405.4" width="80.6" height="68.6" fill="#3b82c4"/>
        <rect x="627.7" y="345.1" width="80.6" height="128.9" fill="#d9822b"/>
        <rect x="710.3" y="335.1" width="80.6" height="138.9" fill="#4d9e5f"/>
        <text x="10" y="538" font-size="13" text-anchor="start" font-weight="600">Restore of idle sagas</text>
        <rect x="62" y="548" width="9" height="9" fill="#3b82c4"/>
        <text x="75" y="556" font-size="10" text-anchor="start">restore</text>
        <rect x="132" y="548" width="9" height="9" fill="#d9822b"/>
        <text x="145" y="556" font-size="10" text-anchor="start">reading alone</text>
        <line x1="62" y1="734" x2="416" y2="734" stroke="#808080"/>
        <text x="56" y="738" font-size="10" text-anchor="end">0</text>
        <line x1="62" y1="710.3" x2="416" y2="710.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="714.3" font-size="10" text-anchor="end">1</text>
        <line x1="62" y1="686.6" x2="416" y2="686.6" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="690.6" font-size="10" text-anchor="end">2</text>
        <line x1="62" y1="662.9" x2="416" y2="662.9" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="666.9" font-size="10" text-anchor="end">3</text>
        <line x1="62" y1="639.1" x2="416" y2="639.1" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="643.1" font-size="10" text-anchor="end">4</text>
        <line x1="62" y1="615.4" x2="416" y2="615.4" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="619.4" font-size="10" text-anchor="end">5</text>
        <line x1="62" y1="591.7" x2="416" y2="591.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="595.7" font-size="10" text-anchor="end">6</text>
        <line x1="62" y1="568" x2="416" y2="568" stroke="#808080" stroke-opacity="0.25"/>
        <text x="56" y="572" font-size="10" text-anchor="end">7</text>
        <text x="14" y="651" font-size="11" text-anchor="middle" transform="rotate(-90 14 651)">s</text>
        <text x="239" y="772" font-size="11" text-anchor="middle">idle sagas</text>
        <text x="239" y="749" font-size="10" text-anchor="middle">1 M</text>
        <polyline points="239,587" fill="none" stroke="#3b82c4" stroke-width="2"/>
        <circle cx="239" cy="587" r="3" fill="#3b82c4"/>
        <polyline points="239,636.8" fill="none" stroke="#d9822b" stroke-width="2"/>
        <circle cx="239" cy="636.8" r="3" fill="#d9822b"/>
        <text x="440" y="538" font-size="13" text-anchor="start" font-weight="600">Memory of idle sagas</text>
        <line x1="492" y1="734" x2="846" y2="734" stroke="#808080"/>
        <text x="486" y="738" font-size="10" text-anchor="end">0</text>
        <line x1="492" y1="710.3" x2="846" y2="710.3" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="714.3" font-size="10" text-anchor="end">100</text>
        <line x1="492" y1="686.6" x2="846" y2="686.6" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="690.6" font-size="10" text-anchor="end">200</text>
        <line x1="492" y1="662.9" x2="846" y2="662.9" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="666.9" font-size="10" text-anchor="end">300</text>
        <line x1="492" y1="639.1" x2="846" y2="639.1" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="643.1" font-size="10" text-anchor="end">400</text>
        <line x1="492" y1="615.4" x2="846" y2="615.4" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="619.4" font-size="10" text-anchor="end">500</text>
        <line x1="492" y1="591.7" x2="846" y2="591.7" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="595.7" font-size="10" text-anchor="end">600</text>
        <line x1="492" y1="568" x2="846" y2="568" stroke="#808080" stroke-opacity="0.25"/>
        <text x="486" y="572" font-size="10" text-anchor="end">700</text>
        <text x="444" y="651" font-size="11" text-anchor="middle" transform="rotate(-90 444 651)">bytes a saga</text>
        <text x="669" y="772" font-size="11" text-anchor="middle">idle sagas</text>
        <text x="669" y="749" font-size="10" text-anchor="middle">1 M</text>
        <polyline points="669,578.7" fill="none" stroke="#3b82c4" stroke-width="2"/>
        <circle cx="669" cy="578.7" r="3" fill="#3b82c4"/>
        </svg>

        """#
}
