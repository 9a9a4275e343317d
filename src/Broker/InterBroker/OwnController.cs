using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The controller where it is this broker's own; brokers do not talk to each other yet. Then no other broker follows what this one leads,
/// and there is nobody to whom its leaders could go.
/// </summary>
public sealed class OwnController(IControllerRole own) : IControllerAccess
{
    public Task<ControlledShutdownOutcome> ControlledShutdown() => Task.FromResult(new ControlledShutdownOutcome(
        [], own.IsActive ? null : "this broker is not the controller, and requests from broker to broker are not built yet"));
}
