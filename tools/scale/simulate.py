"""A gateway in front of N replicas, with the service times that were measured of one (docs/use/scale.md).

    simulate.py [--replicas 1 2 4 8] [--load 0.5 0.8 0.9] [--capacity 31] [--seconds 600] [--seed 1]

A replica has two runs at once, one a core, of up to 8 items each; a run that has the machine for itself uses both cores. The
gateway gives a request to the replica with the fewest under way, as nginx's least_conn does. Arrivals are Poisson. An item is refused where four
full batches wait. Needs Python alone.
"""
import argparse
import heapq
import random

BATCH, STANDING = 8, 4
# Processor time of a photo in a run of k, in units of one in a run of 8 (docs/measurements/2026-11-28-engine-plan.md).
COST = {1: 1.36, 2: 1.2, 3: 1.13, 4: 1.08, 5: 1.05, 6: 1.03, 7: 1.01, 8: 1.0}
# A lone run on two cores instead of one: 40 ms instead of 67, the same page.
ALONE = 40 / 67


def simulate(replicas, rate, capacity, seconds, seed):
    rng = random.Random(seed)
    item = 2 / capacity  # seconds of a core
    waiting = [[] for _ in range(replicas)]
    running = [0] * replicas
    under_way = [0] * replicas
    events, latencies, refused, tick = [(rng.expovariate(rate), 0, -1, None)], [], 0, 0

    def begin(replica, now):
        nonlocal tick
        while running[replica] < 2 and waiting[replica]:
            # Both runs free: what waits is shared by the two cores.
            share = BATCH if running[replica] else max(1, min(BATCH, (len(waiting[replica]) + 1) // 2))
            batch, waiting[replica] = waiting[replica][:share], waiting[replica][share:]
            running[replica] += 1
            alone = running[replica] == 1 and not waiting[replica]
            length = len(batch) * COST[len(batch)] * item * (ALONE if alone else 1)
            tick += 1
            heapq.heappush(events, (now + length, tick, replica, batch))

    while events:
        now, _, replica, batch = heapq.heappop(events)
        if replica < 0:
            if now > seconds:
                continue
            target = min(range(replicas), key=lambda r: (under_way[r], rng.random()))
            if len(waiting[target]) >= STANDING * BATCH:
                refused += 1
            else:
                under_way[target] += 1
                waiting[target].append(now)
                begin(target, now)
            tick += 1
            heapq.heappush(events, (now + rng.expovariate(rate), tick, -1, None))
        else:
            running[replica] -= 1
            under_way[replica] -= len(batch)
            latencies.extend(now - arrived for arrived in batch if arrived > 10)
            begin(replica, now)
    latencies.sort()
    at = lambda q: 1000 * latencies[min(len(latencies) - 1, int(q * len(latencies)))]
    return at(0.5), at(0.95), at(0.99), refused / max(1, refused + len(latencies))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--load", type=float, nargs="+", default=[0.5, 0.8, 0.9])
    parser.add_argument("--capacity", type=float, default=31)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("replicas  load  arrivals/s   p50    p95    p99 ms  refused")
    for replicas in options.replicas:
        for load in options.load:
            rate = load * replicas * options.capacity
            p50, p95, p99, refused = simulate(replicas, rate, options.capacity, options.seconds, options.seed)
            print(f"{replicas:8} {load:5.2f} {rate:11.1f} {p50:6.0f} {p95:6.0f} {p99:6.0f}     {100 * refused:5.2f} %")


if __name__ == "__main__":
    main()
