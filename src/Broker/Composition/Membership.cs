using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// This broker's registration in its cluster, and what hangs on it: requests of controllers that mean an earlier one are fenced off.
/// </summary>
internal sealed class Membership(
    BrokerRegistration registration, BrokerInfo self, ControllerFence fence, ILoop loop, TimeProvider time, ILog log)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>Behind its timeout a session lives on until its ensemble looks again, which it does each tick of some seconds.</summary>
    private static readonly TimeSpan ExpiryMax = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Registers the broker. The registration of a former life, which the broker finds when it was killed and has started again at once, is
    /// waited for until its session ends, where a Kafka gives up. It is never taken over: with it the broker would stay among the in-sync
    /// replicas, though a loss of power may have taken the ends of its logs.
    /// </summary>
    /// <exception cref="StartupError">Another broker has the id or one of the addresses.</exception>
    public async Task Join(TimeSpan sessionTimeout)
    {
        if (await registration.FindAddressInUse(self) is { } inUse)
            throw new StartupError($"advertised.listeners: {inUse}");
        var begun = time.GetTimestamp();
        var isWaiting = false;
        while (true)
        {
            var outcome = await registration.Register(self);
            if (outcome.IsRegistered)
            {
                fence.Register(outcome.Epoch);
                return;
            }
            var waited = time.GetElapsedTime(begun);
            if (!outcome.IsPerhapsOwn || waited > sessionTimeout + ExpiryMax)
                throw new StartupError(Refusal(outcome, isWaiting ? waited : TimeSpan.Zero));
            if (!isWaiting)
                log.Warn("broker", $"{outcome.Refusal}, as it was by this broker before it was killed: waiting for that session to end");
            isWaiting = true;
            await loop.Pass(LookAgain);
        }
    }

    private string Refusal(RegistrationOutcome outcome, TimeSpan waited)
        => $"broker.id={self.Id}: {outcome.Refusal}"
            + (waited > TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $", and still is after {waited.TotalSeconds:F0} s; stop that broker first")
                : "; give one of the two another id");
}
